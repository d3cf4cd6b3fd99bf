"""Which column holds the names, whether the first row is a header, and which cells are names."""

import re
from collections.abc import Sequence

from engine.readers.base import EMPTY, EMPTY_TEXT, NO_LETTER, NUL, PAGE, TOO_LONG, UNDECODABLE, Limits
from engine.text import fold

SAMPLE = 300  # rows that a guess looks at

_SURNAME = (
    "surname, surnames, last name, lastname, family name, familyname, nachname, familienname, nom de famille, "
    "apellido, apellidos, cognome, sobrenome, apelido, achternaam, nazwisko, příjmení, фамилия, 姓氏, 姓, 名字, 성"
)
_NAME = "name, names, full name, fullname, person, nom, nombre, nome, naam, имя, 姓名, 名称, 氏名, 名前, 이름, 성명"
_FIRST = "first name, firstname, given name, givenname, forename, vorname, prénom, prenom, imię, 名"
_OTHER = (
    "language, lang, country, nationality, origin, label, class, category, id, no, nr, number, index, count, email, "
    "e-mail, year, age, gender, sex, date, city, 语言, 语种, 国家, 国籍, 编号, 序号, 类别, 年龄, 性别, 日期, 标签"
)
_TEXT = "sentence, sentences, text, texts, content, 句子, 语句, 文本, 原文, 内容"
_RANK = {word: rank for rank, words in enumerate((_FIRST, _NAME, _SURNAME), 1) for word in words.split(", ")}
_HEADS = _RANK.keys() | set(_TEXT.split(", "))  # one of them is enough for a header
_WORDS = _HEADS | set(_OTHER.split(", "))
_NUMBER = re.compile(r"\s*[-+]?\d[\d.,:/ -]*\s*")
_NOT_A_NAME = re.compile(r"[\d@/\\_<>]")


def _word(cell: str) -> str:
    return re.sub(r"[\s_]+", " ", cell.strip().strip("\"'*:").casefold())


def guess_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: by known words, or as the word above a column of numbers."""
    if not rows:
        return False
    first, rest = rows[0], rows[1:]
    known = [_word(cell) in _WORDS for cell in first if cell.strip()]
    named = [_word(cell) in _HEADS for cell in first]
    if any(named) or (len(first) > 1 and known and sum(known) * 2 >= len(known)):
        return True
    return any(_is_number_column(at, rest) and not _NUMBER.fullmatch(cell) for at, cell in enumerate(first) if cell)


def _is_number_column(at: int, rows: Sequence[Sequence[str]]) -> bool:
    cells = [row[at] for row in rows if at < len(row) and row[at].strip()]
    return len(cells) > 1 and sum(bool(_NUMBER.fullmatch(cell)) for cell in cells) * 10 >= 9 * len(cells)


def guess_column(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """The position of the column of names: looks like names, is called so, has many different values, stands left."""

    def merit(at: int) -> tuple:
        cells = [row[at] for row in rows if at < len(row) and row[at].strip()]
        good = sum(not _NOT_A_NAME.search(cell) and not check(cell)[1] for cell in cells) / max(len(cells), 1)
        distinct = len(set(cells)) / max(len(cells), 1)
        return (good >= 0.5, _RANK.get(_word(columns[at]), 0), good > 0, round(distinct, 1), -at)

    return max(range(len(columns)), key=merit, default=0)


def column_names(first: Sequence[str], width: int, header: bool) -> list[str]:
    """Distinct names of columns: the header's words, numbers where there are none, ` (2)` for a repeated one."""
    names, seen = [], set()
    for at in range(width):
        name = first[at].strip()[:60] if header and at < len(first) else ""
        base = name = name or str(at + 1)
        copy = 1
        while name in seen:
            copy += 1
            name = f"{base} ({copy})"
        seen.add(name)
        names.append(name)
    return names


def check(cell: str, encoding: str = "", limits: Limits = PAGE) -> tuple[str, str, dict]:
    """(folded text, reason, parameters): the reason is "" for a name that can be scored."""
    if len(cell) > limits.name and len(cell.strip()) > limits.name:
        return "", TOO_LONG, {"limit": limits.name, "n": len(cell.strip())}
    if "\ufffd" in cell:
        return "", UNDECODABLE, {"encoding": encoding}
    if "\0" in cell:
        return "", NUL, {}
    text = fold(tidy(cell)).text
    if any(map(str.isalpha, text)):
        return text, "", {}
    return "", NO_LETTER if cell.strip() else EMPTY, {}


def tidy(cell: str) -> str:
    """A cell with runs of white space (line ends inside quotes, non-breaking spaces) as one space, none at its ends."""
    return " ".join(cell.split())


def check_text(cell: str, encoding: str = "", limits: Limits = PAGE) -> tuple[str, dict]:
    """Why a cell is no text to work on, as (message id, parameters); ("", {}) if it is one."""
    if len(cell) > limits.cell:
        return TOO_LONG, {"limit": limits.cell, "n": len(cell)}
    if "\ufffd" in cell:
        return UNDECODABLE, {"encoding": encoding}
    if "\0" in cell:
        return NUL, {}
    return ("", {}) if cell.strip() else (EMPTY_TEXT, {})


def longest_column(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """The position of the column of texts: the one with the longest cells on average."""
    means = [sum(len(row[at]) for row in rows if at < len(row)) / max(len(rows), 1) for at in range(len(columns))]
    return max(range(len(columns)), key=means.__getitem__, default=0)
