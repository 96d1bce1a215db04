"""Up to where a source is taken over."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Position:
    """Up to where a source is taken over.

    :param done_snapshot: pg_snapshot up to which all of it is; of a log, the moment, and the digest of its query.
    :param reading_snapshot: the later one that is being taken over in several batches.
    :param after_seq: number of the source up to which ``reading_snapshot`` is taken over.
    :param cluster_id: system_identifier of the source's cluster; the position counts for no other.
    """

    done_snapshot: str | None = None
    reading_snapshot: str | None = None
    after_seq: int | None = None
    cluster_id: str | None = None
