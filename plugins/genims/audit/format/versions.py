"""The versions of what is hashed. Each block keeps the number of its version and is verified by it, however old it is.

What a version hashes never changes. A change becomes the next version: a further entry of FORMS, and its number in
FORMAT.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from genims.audit.format import canonical
from genims.audit.format.block import TABLE, Block

FORMAT = 1
"""The version that is written. Once it is raised, the ledger closes an open block as what its rows were hashed with."""


@dataclass(frozen=True)
class Form:
    """How one version hashes.

    :param row_hash: the hash of a row, from its table and its line.
    :param block_hash: the hash of a block, from all its values but ``block_hash``, ``leaves`` and the signature. It
        covers the number of the version too; in version 1, which was the only one when it was defined, it does not.
    """

    row_hash: Callable[[str, bytes], bytes]
    block_hash: Callable[[Block], bytes]


def _block_hash_1(block: Block) -> bytes:
    fields = (
        block.source_database,
        f"{block.block_number}",
        canonical.moment(block.audit_timestamp),
        canonical.moment(block.opened_at),
        f"{block.first_audit_sequence}\t{block.last_audit_sequence}\t{block.event_count}",
        block.table_rows,
        block.merkle_root.hex(),
        block.previous_block_hash.hex(),
    )
    return canonical.row_hash(TABLE, "\t".join(fields).encode())


FORMS = {1: Form(canonical.row_hash, _block_hash_1)}
"""All versions by number."""


def written_form() -> Form:
    """The form that is written."""
    return FORMS[FORMAT]


def sealed(block: Block) -> Block:
    """The block with the ``block_hash`` that its version gives it.

    :raises KeyError: its version is none of FORMS.
    """
    return block._replace(block_hash=FORMS[block.format_version].block_hash(block))


def hashes_of(block: Block) -> dict[int, bytes]:
    """What ``block_hash`` must be, by version; the block's own version comes first if it is known."""
    order = sorted(FORMS, key=lambda version: version != block.format_version)
    return {version: FORMS[version].block_hash(block) for version in order}


def version_of(block: Block) -> int | None:
    """The version whose hash the block carries; None if no known version gives this hash."""
    return next((version for version, digest in hashes_of(block).items() if digest == block.block_hash), None)
