import math
import random
import subprocess
import sys
import warnings
from itertools import pairwise, product

import numpy as np
import pytest
import torch

from engine import hmm, segment
from engine.errors import InputError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import jieba
    import jieba.finalseg

SENTENCES = (
    "我来到北京清华大学", "他来到了网易杭研大厦", "小明硕士毕业于中国科学院计算所，后在日本京都大学深造",
    "研究生命起源", "中文分词", "南京市长江大桥", "乒乓球拍卖完了", "結婚的和尚未結婚的確實在干擾分詞",
    "工信处女干事每月经过下属科室都要亲口交代24口交换机等技术性器件的安装工作",
    "C++和c#是什么关系？11+122=133，是吗？PI=3.14159",
    "你认识那个和主席握手的的哥吗？他开一辆黑色的士。",
    "", " ", "\n", "龘", "一", "3.14%的人", "T恤衫①②③", "𠮷野家", "〇", "a.5b.٣%",
)  # fmt: skip


def generated(n, seed=0):
    """Strings of pieces that each test one branch: Han common, rare and unknown, Latin, digits, punctuation, emoji."""
    draw = random.Random(seed)
    common = "的一是不了在人有我他这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后"
    pieces = [
        lambda: "".join(draw.choices(common, k=draw.randint(1, 12))),
        lambda: "".join(chr(draw.randint(0x4E00, 0x9FD5)) for _ in range(draw.randint(1, 6))),
        lambda: "".join(chr(draw.randint(0x9F00, 0x9FD5)) for _ in range(draw.randint(1, 4))),
        lambda: draw.choice(("abc", "Python3.11", "x", "TCP/IP", "don't", "é", "ﬀ", "Ωμέγα", "テスト", "한국어")),
        lambda: draw.choice(("3.14", "50%", "1,000", "2.5%", "１２３", "٣.٤", "7.٣", "12:30", ".5", "5.", "%%")),
        lambda: draw.choice("，。！？、；：“”（）《》—…·,.!?;:\"'()[]{}<>-_/\\|@#$^&*+=~`"),
        lambda: draw.choice(("😀", "👨‍👩‍👧", "\u200b", "\ufeff", "①", "㎡", "Ａ", "𠮷", "\u9fd6", "\u3007")),
        lambda: draw.choice(("\ud800", "\0", "\ufffd")),
        lambda: draw.choice((" ", "  ", "\t", "\n", "\r\n", "\u3000", "\x85", "\u2028")),
        lambda: draw.choice(SENTENCES),
    ]  # fmt: skip
    return ["".join(draw.choice(pieces)() for _ in range(draw.randint(1, 9))) for _ in range(n)]


@pytest.mark.parametrize("seed", range(3))
def test_segments_as_jieba_does(seed):
    for text in (*SENTENCES, *generated(400, seed)):
        words = segment.segment(text)
        assert words == list(jieba.finalseg.cut(text)), repr(text)
        assert "".join(words) == text


def test_an_unknown_character_swallows_what_follows_as_in_jieba():
    unknown = next(c for c in map(chr, range(0x4E00, 0x9FD5)) if not segment.is_known(c))
    for tail in ("北京大学", "我来到", unknown * 3, "的"):
        for text in (unknown + tail, tail + unknown, tail + unknown + tail, unknown + tail + unknown + tail * 5):
            assert segment.segment(text) == list(jieba.finalseg.cut(text)), text


def test_words_that_are_split_by_force():
    try:
        assert "北京" in segment.segment("我来到北京清华大学")
        jieba.finalseg.add_force_split("北京")
        assert segment.segment("我来到北京清华大学") == list(jieba.finalseg.cut("我来到北京清华大学"))
        assert "北京" not in segment.segment("我来到北京清华大学")
    finally:
        jieba.finalseg.Force_Split_Words.discard("北京")


def test_tags_are_the_words():
    assert (
        segment.tags("我来到北京，ok，中文分词") == "BMEBE" + "BEBE"
        or len(segment.tags("我来到北京，ok，中文分词")) == 9
    )
    for text in SENTENCES:
        cut = [w for block in segment.blocks(text) for w in segment.segment(block)]
        spelled = "".join("S" if len(w) == 1 else "B" + "M" * (len(w) - 2) + "E" for w in cut)
        assert segment.tags(text) == spelled


def test_normalised_rows_sum_to_one_and_keep_their_ratios():
    model = segment.model()
    assert len(model.V) == 14_631  # jieba's 14,632 but for ∶, which never reaches the model
    raw = torch.from_numpy(np.exp(segment.tables().emission[ord("中") - ord("一")]))
    ratio = raw / model.B[:, model.V.index("中")]
    assert (ratio > 1.15).all()
    assert (ratio < 1.36).all()


@pytest.mark.parametrize("text", ["我来到北京", "中文分词", "的", "龘龘", "南京市长江大桥"])
def test_score_is_the_forward_probability_and_that_is_the_sum_over_all_paths(text):
    reduced = segment.model(text)
    O = segment.observe(reduced, text)
    assert segment.score(text).log_probability == pytest.approx(hmm.log_likelihood(reduced, O), abs=1e-10)
    full = segment.model()
    assert hmm.log_likelihood(full, segment.observe(full, text)) == pytest.approx(
        hmm.log_likelihood(reduced, O), abs=1e-10
    )
    logs = segment.normalised()
    total = 0.0
    for path in product(range(4), repeat=len(text)):
        p = logs.start[path[0]] + sum(logs.transition[a, b] for a, b in pairwise(path))
        emission = [
            logs.emission[ord(c) - ord("一"), j] for c, j in zip(text, path, strict=True) if segment.is_known(c)
        ]
        total += math.exp(p + sum(emission))
    assert math.log(total) == pytest.approx(segment.score(text).log_probability, abs=1e-10)


def test_unknown_characters_are_counted_and_missing():
    unknown = next(c for c in map(chr, range(0x4E00, 0x9FD5)) if not segment.is_known(c))
    scored = segment.score(f"北京{unknown}大学 ok")
    assert (scored.n_characters, scored.n_unknown) == (5, 1)
    assert math.isfinite(scored.log_probability)
    assert segment.score("no Chinese").log_probability == 0
    assert segment.observe(segment.model("北京"), f"北{unknown}京").tolist() == [0, hmm.MISSING, 1]


def test_trace_shows_the_longest_block_or_the_chosen_one():
    trace = segment.trace("我，来到北京")
    assert trace.sizes["time"] == 4
    assert segment.trace("我，来到北京", block=0).sizes["time"] == 1
    with pytest.raises(InputError):
        segment.trace("no Chinese at all")


def test_compare_with_the_full_cut():
    both = segment.compare("小明硕士毕业于中国科学院计算所")
    assert both.hmm == segment.segment("小明硕士毕业于中国科学院计算所")
    assert "中国科学院" in both.jieba
    assert "".join(both.jieba) == "".join(both.hmm)


def test_nothing_is_written_and_no_warning_raised():
    code = "from engine import segment; segment.compare('毕业于中国'); segment.segment('北京')"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
