"""The words that BLEU counts: as mteval-v13a cuts them, at blanks alone, or character by character.

How a line is cut is a part of the metric: BLEU of two ways to cut cannot be compared (Post 2018).
"""

import re
from collections.abc import Sequence

TOKENIZE = ("13a", "none", "char")
_MARKED = {"&quot;": '"', "&amp;": "&", "&lt;": "<", "&gt;": ">"}  # in this order: &amp;lt; becomes <
# of ASCII all marks but . , - ' get blanks around them; . and , unless between digits; - after a digit
_MARK = re.compile(r"([!-&(-+/:-@\[-`{-~])")
_STOP_AFTER_NO_DIGIT = re.compile(r"([^0-9])([.,])")
_STOP_BEFORE_NO_DIGIT = re.compile(r"([.,])([^0-9])")
_DASH_AFTER_DIGIT = re.compile(r"([0-9])(-)")


def _mteval(line: str) -> list[str]:
    line = line.replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    if "&" in line:
        for written, meant in _MARKED.items():
            line = line.replace(written, meant)
    line = _MARK.sub(r" \1 ", f" {line} ")
    line = _STOP_AFTER_NO_DIGIT.sub(r"\1 \2 ", line)
    line = _STOP_BEFORE_NO_DIGIT.sub(r" \1 \2", line)
    return _DASH_AFTER_DIGIT.sub(r"\1 \2 ", line).split()


def _characters(line: str) -> list[str]:
    return [char for char in line if not char.isspace()]


_CUT = {"13a": _mteval, "none": str.split, "char": _characters}


def cut(lines: Sequence[str], tokenize: str = "13a", lower: bool = False) -> list[list[str]]:
    """The words of each line. tokenize: "13a", "none" (parted by blanks) or "char"; lower: in lower case first.

    Raises ValueError for another word.
    """
    if tokenize not in _CUT:
        raise ValueError(f"tokenize {tokenize!r} is none of {TOKENIZE}")
    words = _CUT[tokenize]
    return [words((line.lower() if lower else line).rstrip()) for line in lines]
