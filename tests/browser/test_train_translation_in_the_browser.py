"""Train a translator in a browser: the stored run replays without the server; a run is watched, resumed, used."""

import re
from itertools import pairwise

import pytest

SETTINGS = "translation_size=1%2C000&translation_units=32&translation_minutes=3&translation_sentence=Der+Hund+ist+alt+."
PLACE = re.compile(r"\(\d+ of \d+\)")


def test_the_alignment_sharpens_step_by_step_without_a_message(visit):
    visited = visit("train_translation")
    page = visited.page
    assert "The strongest link of a word" in page.get_by_test_id("stMain").inner_text()
    sent, shown = len(visited.sent), [page.get_by_text(PLACE).first.inner_text()]
    for button in ("Back", "First", "Forward"):
        page.get_by_role("button", name=button, exact=True).click()
        shown.append(page.get_by_text(PLACE).first.inner_text())
    page.wait_for_timeout(1200)
    assert all(now != before for before, now in pairwise(shown))
    assert len(visited.sent) == sent
    assert not visited.problems


@pytest.mark.parametrize(("size", "theme", "lang"), [("phone", "dark", "zh"), ("phone", "light", "en")])
def test_nothing_is_wider_than_a_phone(visit, size, theme, lang):
    visited = visit("train_translation", size=size, theme=theme, lang=lang)
    assert visited.overflow() == 0
    assert not visited.problems


def test_a_run_is_watched_stopped_resumed_and_used(visit):
    visited = visit("train_translation", SETTINGS)
    page, main = visited.page, visited.page.get_by_test_id("stMain")
    main.get_by_role("button", name="Train", exact=True).click()
    main.get_by_text(re.compile(r"Training: .* words a second")).wait_for(timeout=90_000)
    page.wait_for_function(
        "() => { const loss = [...document.querySelectorAll('[data-testid=stMetricValue]')].map(e => e.innerText)[3];"
        " return parseFloat(loss) < 4.5; }", timeout=90_000,
    )  # fmt: skip
    assert main.get_by_text("Der Hund ist alt.").count()
    page.get_by_role("button", name="Stop", exact=True).click()
    main.get_by_text(re.compile("Stopped: ")).wait_for(timeout=40_000)
    visited.settle()
    before = main.get_by_text(re.compile("Stopped: ")).inner_text()
    page.get_by_role("button", name="Resume", exact=True).click()
    main.get_by_text(re.compile(r"Training: .* words a second")).wait_for(timeout=90_000)
    page.wait_for_timeout(1500)
    page.get_by_role("button", name="Stop", exact=True).click()
    main.get_by_text(re.compile("Stopped: ")).wait_for(timeout=40_000)
    visited.settle()
    after = main.get_by_text(re.compile("Stopped: ")).inner_text()
    assert after != before
    assert "run=run-" in page.url
    page.reload()
    visited.settle()
    assert main.get_by_text(re.compile("Stopped: ")).inner_text() == after
    page.get_by_role("button", name="Use this network").click()
    page.get_by_text("It is called").wait_for()
    main.get_by_role("link", name="Encoder–decoder").click()
    page.wait_for_url("**/encoder_decoder?*translator=mine-gru-attention-*")
    visited.settle()
    assert not visited.problems
