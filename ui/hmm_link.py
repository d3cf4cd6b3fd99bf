"""A model in a link: its canonical JSON, deflated, in the letters that an address may hold."""

import base64
import binascii
import zlib

from engine.errors import InputError
from engine.hmm import json_files
from ui.hmm_observations import check_typable

LONGEST = 2000  # characters that `m` may take in a link
_MOST_READ, _MOST_TEXT = 8000, 200_000  # of a link that somebody else made, and of what comes out of it


def encode(text: str) -> str | None:
    """The model's JSON for the parameter `m`, or None where it is too long for a link."""
    packed = zlib.compress(text.encode(), 9)
    code = base64.urlsafe_b64encode(packed).decode().rstrip("=")
    return code if len(code) <= LONGEST else None


def decode(code: str) -> str:
    """The canonical JSON of the model in a link. Raises InputError if there is none, or a damaged one."""
    if len(code) > _MOST_READ:
        raise InputError("The model in this link is too long.")
    try:
        unpack = zlib.decompressobj()
        text = unpack.decompress(base64.urlsafe_b64decode(code + "=" * (-len(code) % 4)), _MOST_TEXT)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise InputError("The model in this link is damaged.") from error
    if not unpack.eof or unpack.unused_data:
        raise InputError("The model in this link is damaged.")
    model = json_files.loads(text)
    check_typable(model.V)
    return json_files.dumps(model)
