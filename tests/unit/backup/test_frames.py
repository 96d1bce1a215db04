"""Encrypted frames: they stream, and whatever is done to them is named."""

from __future__ import annotations

import os
import struct

import pytest

from genims.backup.frames import FRAME_BYTES, HEAD, HEADER_BYTES, Encryption, decrypted, key_id
from genims.core.errors import BackupBroken

KEY = bytes(range(32))
KEYS = {key_id(KEY): KEY}


def encrypt(text: bytes, key: bytes = KEY) -> bytes:
    encryption = Encryption(key)
    pieces = [encryption.update(text[at : at + 700_001]) for at in range(0, len(text), 700_001)]
    return b"".join(pieces) + encryption.finish()


def decrypt(data: bytes, keys=KEYS) -> bytes:
    return b"".join(decrypted([data[at : at + 99_991] for at in range(0, len(data), 99_991)], keys, "blob"))


def frames(data: bytes) -> list[bytes]:
    found, at = [], HEADER_BYTES
    while at < len(data):
        end = at + HEAD.size + HEAD.unpack_from(data, at)[2]
        found.append(data[at:end])
        at = end
    return found


@pytest.mark.parametrize("size", [0, 1, FRAME_BYTES - 1, FRAME_BYTES, FRAME_BYTES + 1, 3 * FRAME_BYTES + 5])
def test_text_comes_back(size):
    text = os.urandom(size)
    assert decrypt(encrypt(text)) == text


def test_what_is_done_to_frames_is_named():
    data = encrypt(os.urandom(3 * FRAME_BYTES + 5))
    header, [first, second, third, last] = data[:HEADER_BYTES], frames(data)
    other = frames(encrypt(os.urandom(3 * FRAME_BYTES + 5)))
    flipped = second[:-1] + bytes([second[-1] ^ 1])
    ended = struct.pack(">I?", 1, True) + second[5:]
    for parts, why in (
        ([first, third, second, last], "expected frame 1, found frame 2: a frame is missing or moved"),
        ([first, third, last], "expected frame 1, found frame 2: a frame is missing or moved"),
        ([first, first, second, third, last], "expected frame 1, found frame 0: a frame is repeated or moved"),
        ([first, second, third], "frame 3, found the end of the blob: it is cut off"),
        ([first, second, third, last[:-1]], "frame 3, found the end of the blob: it is cut off"),
        ([first, flipped, third, last], "frame 1 is altered"),
        ([first, other[1], third, last], "frame 1 is altered, or comes from another blob"),
        ([first, ended], "frame 1 is altered"),
        ([first, second, third, last, b"x"], "found more bytes"),
    ):
        with pytest.raises(BackupBroken) as caught:
            decrypt(header + b"".join(parts))
        assert why in str(caught.value)


def test_a_wrong_key_is_named_by_its_id():
    other = bytes(32)
    with pytest.raises(BackupBroken, match=f"expected the key {key_id(KEY)} .* found {key_id(other)}: it is the wrong"):
        decrypt(encrypt(b"text"), {key_id(other): other})
