"""What a reader of the page on n-grams is promised, in a real browser."""

from tests.browser.reading import finding, picked, proved, query

TREE = ".vega-embed svg, .vega-embed canvas"


def test_a_box_of_the_tree_is_proved_and_its_token_gone_on_with(visit):
    visited = visit("ngrams", "of=names:Greek&begin=Pap")
    page = visited.page
    box = page.locator(TREE).first.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.2, box["y"] + 60)
    panel = page.locator(".st-key-ngrams_tree__explanation")
    panel.wait_for()
    shown, _ = proved(panel)
    assert f"{shown:.0%}" in finding(page)
    panel.get_by_role("button", name="Close").click()
    panel.wait_for(state="detached")
    page.locator(".st-key-ngrams_go_0 button").click()
    page.get_by_text("After “Papa”").wait_for()
    visited.settle()
    assert query(page)["begin"] == ["Papa"]
    proved(picked(page, "ngrams_held", ["ArrowDown"]))
    assert not visited.problems


def test_an_own_text_is_uploaded_learned_from_and_kept(visit):
    visited = visit("ngrams", "of=own")
    page = visited.page
    field = page.locator("input[type=file]")
    field.set_input_files({"name": "x.txt", "mimeType": "text/plain", "buffer": bytes(range(256)) * 40})
    page.get_by_text("x.txt is a binary file, no text").wait_for()
    lines = "\n".join(f"the {a} cat likes the {b}" for a in ("big", "small") for b in "abcdefghij")
    page.locator("input[type=file]").set_input_files(
        {"name": "cats.txt", "mimeType": "text/plain", "buffer": lines.encode()}
    )
    page.get_by_text("20 lines").wait_for()
    visited.settle()
    assert query(page)["of"][0].startswith("own-")
    page.get_by_role("textbox", name="A text begins").fill("the big")
    page.get_by_text("After “the big” most likely comes “cat”").wait_for()
    page.get_by_role("link", name="Bayes").click()
    page.get_by_role("heading", name="Bayes", level=1).wait_for()
    page.get_by_role("link", name="n-grams").click()
    page.get_by_text("cats.txt · UTF-8").wait_for()
    assert not visited.problems
