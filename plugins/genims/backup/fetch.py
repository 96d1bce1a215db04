"""Reads stored SQL back, piece by piece, and proves on the way that it is what was stored."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from isal import isal_zlib

from genims.backup.dump import BLOCK_BYTES, GZIP, PIECE_BYTES
from genims.backup.frames import decrypted
from genims.backup.manifest import Part
from genims.core.errors import BackupBroken
from genims.hooks.blob import BlobContainer


def plain_text(container: BlobContainer, part: Part, keys: dict[str, bytes]) -> Iterator[bytes]:
    """The SQL of a part. What is wrong with it may show at its end only, so nobody relies on it before.

    :param container: that holds the blob.
    :param part: of a backup's manifest.
    :param keys: decrypt it, by their ids.
    :raises BackupBroken: the blob is missing, cut off or altered, or its key is not known.
    """
    digest, size = sha256(), 0
    for piece in _unpacked(_stored(container, part, keys), part.blob):
        digest.update(piece)
        size += len(piece)
        yield piece
    _expect(part.blob, "plain bytes", part.plain_bytes, size)
    _expect(part.blob, "SHA-256 of the plain bytes", part.plain_sha256, digest.hexdigest())


def _stored(container: BlobContainer, part: Part, keys: dict[str, bytes]) -> Iterator[bytes]:
    pieces = _proven(container, part)
    return decrypted(pieces, keys, part.blob) if part.key else pieces


def _proven(container: BlobContainer, part: Part) -> Iterator[bytes]:
    """The stored bytes. That they are others shows at their end, or where they cannot be unpacked."""
    digest, size = sha256(), 0
    for piece in container.chunks(part.blob, BLOCK_BYTES):
        digest.update(piece)
        size += len(piece)
        yield piece
    _expect(part.blob, "stored bytes", part.stored_bytes, size)
    _expect(part.blob, "SHA-256 of the stored bytes", part.stored_sha256, digest.hexdigest())


def _unpacked(pieces: Iterator[bytes], name: str) -> Iterator[bytes]:
    unpacking = isal_zlib.decompressobj(GZIP)
    try:
        for piece in pieces:
            while piece:
                yield unpacking.decompress(piece, PIECE_BYTES)
                if unpacking.eof and unpacking.unused_data:
                    raise BackupBroken(f"{name}: expected the end of the gzip stream, found more bytes")
                piece = unpacking.unconsumed_tail
        if not unpacking.eof:
            yield unpacking.flush()
    except isal_zlib.error as error:
        raise BackupBroken(f"{name}: expected gzip, found {error}: it is altered") from error
    if not unpacking.eof:
        raise BackupBroken(f"{name}: expected the end of the gzip stream, found the end of the blob: it is cut off")


def _expect(name: str, what: str, expected: object, found: object) -> None:
    if found != expected:
        raise BackupBroken(f"{name}: expected {expected} as {what}, found {found}: it is altered or cut off")
