"""The table of hostile uploads: what a file is called, how its bytes are made, and what must come of it."""

import gzip
import io
import pickle
import stat
import struct
import zipfile
from collections.abc import Callable
from typing import NamedTuple

import openpyxl

MB = 1_000_000


class Row(NamedTuple):
    """`says`: a part of the message if the file is refused; else `names` that are scored, and how many rows are not."""

    id: str
    file: str
    make: Callable[[], bytes]
    says: str = ""
    names: list[str] | int = 0
    bad: int = 0


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, blob in members.items():
            archive.writestr(name, blob)
    return out.getvalue()


def member(name: str, mode: int = 0) -> bytes:
    out = io.BytesIO()
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(info, b"Anna\n")
    return out.getvalue()


def encrypted() -> bytes:
    """A zip whose headers say that its member is encrypted (flag bit 0)."""
    blob = bytearray(member("a.txt"))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = blob.index(signature) + offset
        blob[at] |= 1
    return bytes(blob)


def lying_zip() -> bytes:
    """A zip whose headers say 10 bytes where 50 MB come out."""
    blob = bytearray(zipped({"a.txt": b"a" * 50 * MB}))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = blob.index(signature) + offset
        blob[at : at + 4] = struct.pack("<I", 10)
    return bytes(blob)


def workbook(rows: list[list], sheet: bytes = b"", strings: bytes = b"", **extra: bytes) -> bytes:
    """A workbook; `sheet`, `strings` replace the XML of its sheet and of its shared strings."""
    book, plain = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(plain)
    with zipfile.ZipFile(plain) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    if sheet:
        members["xl/worksheets/sheet1.xml"] = SHEET % sheet
    if strings:
        members["xl/sharedStrings.xml"] = STRINGS % strings
    return zipped(members | extra)


SPACE = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = b'<?xml version="1.0"?><worksheet xmlns="' + SPACE + b'"><sheetData>%s</sheetData></worksheet>'
STRINGS = b'<?xml version="1.0"?><sst xmlns="' + SPACE + b'">%s</sst>'
CORNERS = b'<row r="1"><c r="A1"><v>5</v></c></row><row r="1048576"><c r="XFD1048576"><v>7</v></c></row>'
REPEATED = b"<row>" + b'<c t="s"><v>0</v></c>' * 100 + b"</row>"
ENTITIES = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(200)
ELF = b"\x7fELF\x02\x01\x01" + bytes(200)
HAN = "李雷,Li Lei\n韩梅梅,Han Meimei\n王芳,Wang Fang\n".encode("gb18030")


def crowded(n: int) -> bytes:
    """A zip with n empty members; written by hand, because zipfile takes seconds."""
    local, central = [], []
    for i in range(n):
        name, common = b"%06d.txt" % i, struct.pack("<HHHHHIIIHH", 20, 0, 0, 0, 0, 0, 0, 0, 10, 0)
        local.append(b"PK\x03\x04" + common + name)
        central.append(b"PK\x01\x02\x14\x00" + common + struct.pack("<HHHII", 0, 0, 0, 0, i * 40) + name)
    directory = b"".join(central)
    count = min(n, 0xFFFF)
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, count, count, len(directory), n * 40, 0)
    return b"".join(local) + directory + end


REFUSED = [
    Row("empty", "a.txt", lambda: b"", "is empty"),
    Row("empty-csv", "a.csv", lambda: b"", "is empty"),
    Row("100-MB", "a.txt", lambda: b"Anna Smith\n" * (100 * MB // 11), "100 MB"),
    Row("200001-rows", "a.txt", lambda: b"Anna\n" * 200_001, "200000 rows"),
    Row("png", "a.csv", lambda: PNG, ".png"),
    Row("elf", "a.txt", lambda: ELF, "binary"),
    Row("random-binary", "a.txt", lambda: bytes(range(256)) * 40, "binary"),
    Row("pdf", "a.txt", lambda: b"%PDF-1.7\n1 0 obj\n<<>>\n", ".pdf"),
    Row("pickle", "a.csv", lambda: pickle.dumps({"a": [1, 2, 3] * 50}), "binary"),
    Row("only-nuls", "a.txt", lambda: bytes(5000), "binary"),
    Row("zip-bomb", "a.zip", lambda: zipped({"a.txt": bytes(30 * MB)}), "zip bomb"),
    Row("zip-bomb-many", "a.zip", lambda: zipped({f"{i}.txt": b"a" * MB for i in range(40)}), "zip bomb"),
    Row("zip-nested", "a.zip", lambda: zipped({"a.txt": b"Anna\n", "b.zip": b"PK"}), "another archive"),
    Row("zip-encrypted", "a.zip", encrypted, "password"),
    Row("zip-traversal", "a.zip", lambda: member("../../a.txt"), "forbidden path"),
    Row("zip-traversal-windows", "a.zip", lambda: member("..\\..\\a.txt"), "forbidden path"),
    Row("zip-absolute", "a.zip", lambda: member("/etc/passwd.txt"), "forbidden path"),
    Row("zip-drive", "a.zip", lambda: member("C:/a.txt"), "forbidden path"),
    Row("zip-symlink", "a.zip", lambda: member("a.txt", stat.S_IFLNK | 0o777), "a link"),
    Row("zip-100000-members", "a.zip", lambda: crowded(100_000), "files"),
    Row("zip-lying-size", "a.zip", lying_zip, "damaged"),
    Row("zip-truncated", "a.zip", lambda: zipped({"a.txt": b"Anna\n" * 999})[:-40], "damaged"),
    Row("zip-nothing-readable", "a.zip", lambda: zipped({"a.exe": b"MZ"}), "a.exe"),
    Row("zip-empty", "a.zip", lambda: zipped({}), "no file that can be read"),
    Row("text-called-zip", "a.zip", lambda: b"Anna\nBob\n", "not a .zip"),
    Row("text-called-xlsx", "a.xlsx", lambda: b"Anna\nBob\n", "not a .xlsx"),
    Row("zip-called-xlsx", "a.xlsx", lambda: zipped({"a.txt": b"Anna\n"}), "not a workbook"),
    Row("xlsx-bomb", "a.xlsx", lambda: workbook([["Anna"]], big=bytes(30 * MB)), "zip bomb"),
    Row("xlsx-far-corners", "a.xlsx", lambda: workbook([["x"]], CORNERS), "too large"),
    Row("xlsx-disguised-corner", "a.xlsx", lambda: workbook([["x"]], b'<row r="1"><c r="&#65;1"/></row>'), "too large"),
    Row("xlsx-repeats-a-string", "a.xlsx",
        lambda: workbook([["x"]], REPEATED * 200, b"<si><t>" + b"a" * 32_000 + b"</t></si>"), "too large"),
    Row("xlsx-entities", "a.xlsx", lambda: workbook([["x"]], ENTITIES + b"<row><c><v>&b;</v></c></row>"), "no rows"),
    Row("xlsx-broken-xml", "a.xlsx", lambda: workbook([["x"]], b'<row r="1"><c r="A1"><v>5</row>'), "workbook"),
    Row("gzip-corrupt", "a.txt.gz", lambda: gzip.compress(b"Anna\n" * 999)[:-30], "damaged"),
    Row("gzip-bomb", "a.txt.gz", lambda: gzip.compress(bytes(30 * MB), 1), "gzip bomb"),
    Row("gzip-in-gzip", "a.txt.gz.gz", lambda: gzip.compress(gzip.compress(b"Anna\n")), "inside another"),
    Row("only-blank-lines", "a.txt", lambda: b"\n\n  \n\t\n", "no rows"),
    Row("rtf", "a.txt", lambda: b"{\\rtf1\\ansi Anna}", ".rtf"),
]  # fmt: skip

READ = [
    Row("bom", "a.txt", lambda: b"\xef\xbb\xbfM\xc3\xbcller\n", names=["Müller"]),
    Row("utf-16", "a.txt", lambda: "Müller\nŻak\n".encode("utf-16"), names=["Müller", "Żak"]),
    Row("utf-16-be-bom", "a.txt", lambda: b"\xfe\xff" + "Żak\n".encode("utf-16-be"), names=["Żak"]),
    Row("utf-16-without-bom", "a.txt", lambda: "Müller\nŻak\n".encode("utf-16-le"), names=["Müller", "Żak"]),
    Row("utf-16-odd-length", "a.txt", lambda: "Anna\nBob\n".encode("utf-16") + b"x", names=["Anna", "Bob"], bad=1),
    Row("utf-32", "a.txt", lambda: "Müller\n".encode("utf-32"), names=["Müller"]),
    Row("gb18030", "a.csv", lambda: "姓名,拼音\n".encode("gb18030") + HAN, names=["Li Lei", "Han Meimei", "Wang Fang"]),
    Row("latin-1", "a.txt", lambda: "Müller\nJosé\nÅström".encode("latin-1"), names=["Müller", "José", "Åström"]),
    Row("undecodable", "a.txt", lambda: "Żak\nŚlu\n".encode() + b"\xff\xfe\xfd\n", names=["Żak", "Ślu"], bad=1),
    Row("lone-surrogates", "a.txt", lambda: b"Anna\n\xed\xa0\x80\xed\xb0\x80\nBob\n", names=["Anna", "Bob"], bad=1),
    Row("nul-in-name", "a.txt", lambda: b"An\0na\nBob\n", names=["Bob"], bad=1),
    Row("emoji", "a.txt", lambda: "😀\nAnna 😀\n👩‍👩‍👧\n".encode(), names=["Anna 😀"], bad=2),
    Row("right-to-left", "a.txt", lambda: "محمد\n\u202eannA\n".encode(), names=["\u202eannA"], bad=1),
    Row("zalgo", "a.txt", lambda: ("A" + "\u0301" * 90 + "nna\n").encode(), names=1),
    Row("name-of-100000", "a.txt", lambda: b"x" * 100_000 + b"\nAnna\n", names=["Anna"], bad=1),
    Row("line-of-3-MB", "a.csv", lambda: b"x" * 3 * MB + b"\nAnna\n", names=["Anna"], bad=1),
    Row("mixed-line-ends", "a.txt", lambda: b"Anna\rBob\r\nCarl\nDora", names=["Anna", "Bob", "Carl", "Dora"]),
    Row("form-feeds", "a.txt", lambda: "An\x0bna\nB\x0cob\nC\u2028arl\n".encode(), names=["An na", "B ob", "C arl"]),
    Row("html", "a.txt", lambda: b"<script>alert(1)</script>\n<b>Anna</b>\n", names=2),
    Row("markdown", "a.txt", lambda: b"**Anna** :material/home: $x$\n[a](javascript:alert(1))\n", names=2),
    Row("formulas", "a.csv", lambda: b'name\n=cmd|x\n+a\n-b\n@c\n"\tTab"\n', names=["=cmd|x", "+a", "-b", "@c", "Tab"]),
    Row("unclosed-quote", "a.csv", lambda: b'name,x\nAnna,1\n"Bob,2\nCarl,3\nDora,4\n', names=["Anna", "Carl", "Dora"],
        bad=1),
    Row("quotes-everywhere", "a.csv", lambda: b'name,b\n"' + b'""\n' * 3000 + b"Anna,1\n", names=["Anna"], bad=3000),
    Row("ragged", "a.csv", lambda: b"id,name\n1\n2,Bob,x,y\n\n3,Carl\n", names=["Bob", "Carl"], bad=2),
    Row("10000-columns", "a.csv", lambda: b"Anna\nBob" + b",x" * 10_000 + b"\n", names=["Anna"], bad=1),
    Row("huge-cell", "a.csv", lambda: b'name,x\nAnna,"' + b"y" * 90_000 + b'"\nBob,1\n', names=["Anna", "Bob"]),
    Row("only-a-header", "a.csv", lambda: b"name,language\n", names=0),
    Row("no-letters", "a.txt", lambda: "1\n李雷\n---\n".encode(), names=0, bad=3),
    Row("braces", "{0.x}{n}.csv", lambda: b"name,b\n{n}Anna,1\n{,2\n", names=["{n}Anna"], bad=1),
    Row("wrong-extension", "a.docx", lambda: b"Anna\nBob\n", names=["Anna", "Bob"]),
    Row("no-extension", "names", lambda: b"Anna\nBob\n", names=["Anna", "Bob"]),
    Row("starts-like-a-font", "a.txt", lambda: b"OTTO\nBMurphy\n", names=["OTTO", "BMurphy"]),
    Row("xlsx-formula", "a.xlsx", lambda: workbook([["name", "n"], ["Żak", 1], ["=1+1", 2]]), names=["Żak"], bad=1),
    Row("xlsx-called-csv", "a.csv", lambda: workbook([["name"], ["Żak"]]), names=["Żak"]),
    Row("zip-with-a-picture", "a.zip", lambda: zipped({"a.txt": b"Anna\n", "b.txt": PNG, "__MACOSX/a.txt": b"x"}),
        names=["Anna"], bad=1),
    Row("zip-with-chinese-name", "a.zip", lambda: zipped({"姓名.txt": b"Anna\n"}), names=["Anna"]),
    Row("gzip", "a.csv.gz", lambda: gzip.compress(b"id,name\n1,Anna\n"), names=["Anna"]),
]  # fmt: skip
