"""Names in other scripts, in Latin letters: Cyrillic, Greek, Hangul, Japanese romaji, Chinese characters."""

import re
import unicodedata
from itertools import groupby

_CYRILLIC = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e yo zh z i y k l m n o p r s t u f kh ts ch sh shch  y  e yu ya".split(" "),  # noqa: SIM905
        strict=True,
    )
)
_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξοπρσςτυφχψω",
        "a v g d e z i th i k l m n x o p r s s t y f ch ps o".split(),  # noqa: SIM905
        strict=True,
    )
)
_GREEK_PAIRS = {"ου": "ou", "γγ": "ng", "γξ": "nx", "γχ": "nch"}
_VOICELESS = "θκξπστφχψ"

_INITIALS = "g kk n d tt r m b pp s ss  j jj ch k t p h".split(" ")  # noqa: SIM905
_VOWELS = "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i".split()  # noqa: SIM905
_FINALS = " k k k n n n t l k m l l l p l m p p t t ng t t k t p t".split(" ")  # noqa: SIM905
_MCCUNE_INITIALS = {"g": "k", "d": "t", "b": "p", "j": "ch"}
_MCCUNE_VOWELS = {"eo": "o", "yeo": "yo", "eu": "u"}

_READS_WITH_U = {"上": "ue", "内": "uchi", "浦": "ura", "梅": "ume"}

# Readings that a character has as a surname, where its commonest reading is another one.
SURNAME_READINGS = {
    "曾": "zeng", "区": "ou", "仇": "qiu", "单": "shan", "解": "xie", "查": "zha", "任": "ren",
    "华": "hua", "朴": "piao", "尉迟": "yuchi", "万俟": "moqi", "乐": "yue", "缪": "miao", "繁": "po",
    "盖": "ge", "宓": "mi", "郗": "xi", "逄": "pang", "那": "na", "翟": "zhai", "覃": "qin",
    "柏": "bai", "葛": "ge", "车": "che", "隗": "wei", "纪": "ji", "令狐": "linghu", "澹台": "tantai",
    "长孙": "zhangsun", "褚": "chu", "晁": "chao", "员": "yun", "洗": "xian", "召": "shao", "黑": "he",
    "折": "she", "秘": "bi", "种": "chong", "祭": "zhai", "都": "du", "谌": "chen", "乜": "nie",
    "阚": "kan", "相": "xiang",
}  # fmt: skip


def cyrillic(name: str) -> str:
    """A Russian name as English print spells it: letter by letter, `-ий` and `-ый` shortened to `-y`."""
    text = re.sub("[иы]й$", "й", name.lower())
    text = re.sub("(?<=[жчшщ])ё", "е", text)  # Горбачёв is Gorbachev
    text = re.sub("[ьъ](?=[еи])", "й", text)  # Юрьев is Yuryev
    return "".join(_CYRILLIC.get(letter, letter) for letter in text).capitalize()


def greek(name: str) -> str:
    """A Greek name transcribed by ISO 843, without accents: ου ou, αυ av or af, μπ b in front and mp inside."""
    text = re.sub("([άέό])([ιυ])", r"\1|\2", unicodedata.normalize("NFC", name.lower()))
    text = re.sub("([ϊϋΐΰ])", r"|\1", text)  # a diaeresis keeps two vowels apart
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")
    bare = re.sub("^μπ", "b", bare)
    bare = re.sub(f"([αεη])υ(?=[{_VOICELESS}]|$)", r"\1f", bare)
    bare = re.sub("([αεη])υ", r"\1v", bare)
    for pair, latin in _GREEK_PAIRS.items():
        bare = bare.replace(pair, latin)
    return "".join(_GREEK.get(letter, letter) for letter in bare.replace("|", "")).capitalize()


def _jamo(syllable: str) -> tuple[int, int, int]:
    """Indices of a Hangul syllable's initial, vowel and final: Unicode counts 19 × 21 × 28 of them from U+AC00."""
    index = ord(syllable) - 0xAC00
    return index // 588, index % 588 // 28, index % 28


def emigre(latin: str) -> str:
    """A romanised Russian name as families abroad have long spelled it: Romanoff, Jukoff, Kuznetzoff."""
    text = re.sub("ov$", "off", re.sub("ev$", "eff", latin.lower()))
    return text.replace("zh", "j").replace("kh", "h").replace("ts", "tz").capitalize()


def hangul(name: str) -> str:
    """A Korean name by the Revised Romanisation of 2000, syllable by syllable."""
    parts = [(_INITIALS[i], _VOWELS[v], _FINALS[f]) for i, v, f in map(_jamo, name)]
    return "".join(map("".join, parts)).capitalize()


def hangul_mccune(name: str) -> str:
    """A Korean name by McCune–Reischauer without its diacritics: 김 Kim, 전 Chon, 박 Pak."""
    parts = [(_INITIALS[i], _VOWELS[v], _FINALS[f]) for i, v, f in map(_jamo, name)]
    first = _MCCUNE_INITIALS.get(parts[0][0], parts[0][0])
    latin = [initial + _MCCUNE_VOWELS.get(vowel, vowel) + final for initial, vowel, final in parts]
    return (first + latin[0][len(parts[0][0]) :] + "".join(latin[1:])).capitalize()


def romaji(wapuro: str, kanji: str = "") -> str:
    """A Japanese name typed kana by kana (satou), as it is usually spelled (Sato): long o and u written once.

    `kanji` tells a long o from an o with a new word behind it: 井上 stays Inoue, 佐藤 becomes Sato.
    """
    text = wapuro.lower()
    for reading in (_READS_WITH_U[character] for character in kanji[1:] if character in _READS_WITH_U):
        text = text.replace(reading, "|" + reading[1:])
    return re.sub("uu", "u", re.sub("o[ou]", "o", text)).replace("|", "u").capitalize()


def pinyin(name: str) -> str:
    """A Chinese surname in Hanyu Pinyin without tones, compound surnames written together (Ouyang, Zhuge)."""
    from pypinyin import lazy_pinyin

    latin = SURNAME_READINGS.get(name) or "".join(SURNAME_READINGS.get(c) or lazy_pinyin(c)[0] for c in name)
    return latin.replace("v", "u").capitalize()


def title(name: str) -> str:
    """SHOUTED names in ordinary capitals, also behind a hyphen or an apostrophe."""
    return "".join("".join(run).capitalize() for _, run in groupby(name, key=str.isalpha))
