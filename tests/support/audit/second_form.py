"""A second version of what is hashed, for tests of the time when there is one."""

from __future__ import annotations

from hashlib import sha256

from genims.audit.format import versions
from genims.audit.format.block import Block
from genims.audit.format.versions import Form


def _row_hash(table: str, line: bytes) -> bytes:
    return sha256(b"2\n" + table.encode() + b"\n" + line).digest()


def _block_hash(block: Block) -> bytes:
    return sha256(b"2\n" + versions.FORMS[1].block_hash(block)).digest()


SECOND_FORM = Form(_row_hash, _block_hash)
"""It hashes otherwise than the first one, and covers its number."""
