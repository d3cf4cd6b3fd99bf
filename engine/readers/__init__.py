"""Uploads and files of names: bytes in, a table of strings with line numbers and a list of bad rows out."""

from engine.readers.archive import gunzip, kind, unzip
from engine.readers.base import PAGE, STREAM, BadRow, Decoded, Limits, Table
from engine.readers.encoding import ENCODINGS, decode, detect, name_of
from engine.readers.table import names, read

__all__ = [
    "ENCODINGS", "PAGE", "STREAM", "BadRow", "Decoded", "Limits", "Table", "decode", "detect", "gunzip", "kind",
    "name_of", "names", "read", "unzip",
]  # fmt: skip
