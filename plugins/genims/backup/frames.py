"""Encryption of a backup before it leaves: AES-256-GCM in frames, so that it streams and no part can be exchanged.

    header   magic (8 bytes), id of the key (8), salt (16): the key of this one blob is derived from key and salt
    frame    number (4 bytes), 1 for the last one (1), length (4), ciphertext, tag (16)

Header, number and end mark of a frame are part of what its tag proves.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from genims.core.errors import BackupBroken

MAGIC = b"GENIMS1\n"
KEY_BYTES = 32
ID_BYTES = 8
SALT_BYTES = 16
FRAME_BYTES = 1024 * 1024
TAG_BYTES = 16
HEADER_BYTES = len(MAGIC) + ID_BYTES + SALT_BYTES
HEAD = struct.Struct(">I?I")


def key_id(key: bytes) -> str:
    """What a manifest names a key by, in hexadecimal digits; it tells nothing about the key."""
    return sha256(b"genims backup key\n" + key).hexdigest()[: 2 * ID_BYTES]


class Encryption:
    """Encrypts one blob.

    :param key: 32 bytes.
    """

    def __init__(self, key: bytes):
        self.header = MAGIC + bytes.fromhex(key_id(key)) + os.urandom(SALT_BYTES)
        self._cipher = _cipher(key, self.header)
        self._number = 0
        self._rest = bytearray()
        self._is_begun = False

    def update(self, data: bytes) -> bytes:
        """What the next part of the text is encrypted to, as far as whole frames are there."""
        self._rest += data
        done = [self._begin()]
        while len(self._rest) > FRAME_BYTES:
            done.append(self._frame(bytes(self._rest[:FRAME_BYTES]), last=False))
            del self._rest[:FRAME_BYTES]
        return b"".join(done)

    def finish(self) -> bytes:
        """The last frame."""
        return self._begin() + self._frame(bytes(self._rest), last=True)

    def _begin(self) -> bytes:
        header = b"" if self._is_begun else self.header
        self._is_begun = True
        return header

    def _frame(self, text: bytes, last: bool) -> bytes:
        nonce, proven = _place(self.header, self._number, last)
        head = HEAD.pack(self._number, last, len(text) + TAG_BYTES)
        self._number += 1
        return head + self._cipher.encrypt(nonce, text, proven)


def decrypted(pieces: Iterable[bytes], keys: dict[str, bytes], name: str) -> Iterator[bytes]:
    """The text of a blob that Encryption has made.

    :param pieces: the blob, in any pieces.
    :param keys: the known keys by their ids.
    :param name: the blob, for the message.
    :raises BackupBroken: it has another key, or a frame is altered, missing, repeated or in another place.
    """
    rest, source = bytearray(), iter(pieces)

    def take(count: int, what: str) -> bytes:
        while len(rest) < count:
            piece = next(source, None)
            if piece is None:
                raise BackupBroken(f"{name}: expected {what}, found the end of the blob: it is cut off")
            rest.extend(piece)
        taken = bytes(rest[:count])
        del rest[:count]
        return taken

    header = take(HEADER_BYTES, "the header of an encrypted backup")
    if not header.startswith(MAGIC):
        raise BackupBroken(f"{name}: expected an encrypted backup, found other bytes at its beginning")
    wanted = header[len(MAGIC) : len(MAGIC) + ID_BYTES].hex()
    if wanted not in keys:
        raise BackupBroken(
            f"{name}: expected the key {wanted} among those of GENIMS_BACKUP_KEY and GENIMS_BACKUP_OLD_KEYS, found "
            f"{', '.join(keys) or 'none'}: it is the wrong key. Add the right one to GENIMS_BACKUP_OLD_KEYS"
        )
    cipher, expected, last = _cipher(keys[wanted], header), 0, False
    while not last:
        number, last, length = HEAD.unpack(take(HEAD.size, f"frame {expected}"))
        if number != expected:
            fate = "repeated or moved" if number < expected else "missing or moved"
            raise BackupBroken(f"{name}: expected frame {expected}, found frame {number}: a frame is {fate}")
        if not TAG_BYTES <= length <= FRAME_BYTES + TAG_BYTES:
            raise BackupBroken(f"{name}: frame {number}: expected its length, found {length}: it is altered")
        nonce, proven = _place(header, number, last)
        try:
            yield cipher.decrypt(nonce, take(length, f"{length} bytes of frame {number}"), proven)
        except InvalidTag as error:
            raise BackupBroken(f"{name}: frame {number} is altered, or comes from another blob") from error
        expected += 1
    if rest or next(source, None):
        raise BackupBroken(f"{name}: expected the end of the blob after frame {expected - 1}, found more bytes")


def _cipher(key: bytes, header: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt=header, info=b"genims backup").derive(key))


def _place(header: bytes, number: int, last: bool) -> tuple[bytes, bytes]:
    """Nonce of a frame, and what else its tag proves."""
    place = struct.pack(">I?", number, last)
    return place.rjust(12, b"\0"), header + place
