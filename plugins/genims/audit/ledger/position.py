"""The position: up to where a source is taken over."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Position:
    """Up to where a source is taken over. All parts are None before the first event.

    :param done_snapshot: every event that this pg_snapshot sees is taken over; of a log, see ``logs.changes``.
    :param reading_snapshot: a later pg_snapshot whose events take several batches; None while no such is under way.
    :param after_seq: of these events, those up to this number of the source are taken over.
    :param cluster_id: system_identifier of the source's cluster; the snapshots mean nothing in another one.
    """

    done_snapshot: str | None = None
    reading_snapshot: str | None = None
    after_seq: int | None = None
    cluster_id: str | None = None
