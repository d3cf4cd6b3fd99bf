"""Figures that stand typed in a page's prose are those of the code, in both languages."""

import pytest

from engine import bigru_crf, bigru_crf_bulk, influence, memory, memory_flow, units_chance, units_trace
from engine import memory_training as training
from engine.memory import MemoryParams
from engine.readers.base import PAGE
from ui import cells
from ui.language import ASSETS

WORDS = {
    "en": {0.1: "a tenth", 2: "two", 3: "three", 8: "eight", 10: "ten", 12: "twelve", 99: "99 %"},
    "zh": {0.1: "十分之一", 2: "两", 3: "三", 8: "八", 10: "十", 12: "十二", 99: "99 %"},
}
RUN, GATED, PLAIN = MemoryParams(), MemoryParams("lstm").rate, MemoryParams("elman").rate
FIGURES = [
    ("memory", RUN.n_hidden, "{} units and a linear", "{} 个单元加一个线性"),
    ("memory", RUN.n_hidden, r"1/\sqrt{{{}}}", r"1/\sqrt{{{}}}"),
    ("memory", RUN.batch, "{} new sequences a step", "每步 {} 条新序列"),
    ("memory", f"{RUN.steps:,}", "at most {} steps", "最多 {} 步"),
    ("memory", GATED, "learning rate {} with gates", "学习率带门的为 {}"),
    ("memory", PLAIN, "and {} without", "不带门的为 {}"),
    ("memory", f"{training.CLIP:g}", "clipped to norm {},", "范数裁剪到 {}，"),
    ("memory", round(100 * training.SOLVED), "when {} of", "答对 {} 时"),
    ("memory", training.N_LOOK, "of {} other sequences", "{} 条其他序列"),
    ("memory", memory_flow.N_TEST, "on {} sequences", "{} 条序列"),
    ("memory", memory.QUIET, "begin at {}.", "从{}开始"),
    ("memory", len(memory.LETTERS), "one of {} letters", "{}个字母之一"),
    ("memory", memory.N_COPIED, "{} letters, $d$ blanks, {} question marks", "{}个字母，$d$ 个空白，{}个问号"),
    ("units", units_trace.MOST_UNITS, "the {} with the greatest change", "变化最大的{}个"),
    ("units", units_chance.ENOUGH, "still leaves {} spans", "仍能留下 {} 段"),
    ("cells", influence.STEPS, "rule with {} nodes", "{} 个节点"),
    ("cells", cells.MOST, "{} at most", "最多{}种"),
    ("network_work", bigru_crf_bulk.LONGEST, "after {} characters", "满 {} 个字符"),
    ("network_work", f"{PAGE.cell:,}", "longer than {} characters", "超过 {} 个字符"),
    ("network_work", bigru_crf.BOUND, "between −{0} and {0}", "−{0} 到 {0} 之间"),
    ("network_work", bigru_crf.N_LAYERS, "{} layers of bidirectional", "{}层双向"),
]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: f"{figure[0]}: {figure[2]}")
def test_a_typed_figure_is_the_codes(figure, language):
    page, value, *templates = figure
    template = templates[language == "zh"]
    prose = (ASSETS / "text" / language / f"{page}.md").read_text("utf-8").replace("Three", "three")
    forms = {str(value), WORDS[language].get(value, str(value))}
    assert any(template.format(form, form) in prose for form in forms), (template, forms)
