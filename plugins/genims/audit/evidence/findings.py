"""What a verification found, in words that name the row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

KINDS = ("altered", "missing", "added", "reordered", "unknown", "unproven")


@dataclass(frozen=True, order=True)
class Finding:
    """One deviation of the audit tables from what was written.

    :param kind: one of KINDS; ``unknown`` where this release cannot tell, ``unproven`` where there is no proof.
    :param table: the table; more than one, separated by commas, where only their common hash tells.
    :param first: first ``audit_sequence``, or block number where the table is that of the blocks.
    :param last: last one.
    :param part: the row among those of its event, where the table has several of an event.
    :param detail: what was expected and what was found.
    """

    source: str
    first: int
    last: int
    table: str
    kind: str
    part: int | None
    detail: str

    def __str__(self) -> str:
        numbers = f"{self.first}" if self.first == self.last else f"{self.first}-{self.last}"
        part = f" part {self.part}" if self.part else ""
        return f"{self.kind}: {self.table} {self.source} {numbers}{part}: {self.detail}"

    def as_dict(self) -> dict:
        return asdict(self)


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """The findings in order, a run of neighbours that says the same as one."""
    runs: list[Finding] = []
    for each in sorted(findings, key=lambda f: (f.source, f.table, f.kind, f.part or 0, f.detail, f.first)):
        last = runs[-1] if runs else None
        if last and _says_the_same(last, each) and each.first <= last.last + 1:
            runs[-1] = Finding(**asdict(last) | {"last": max(last.last, each.last)})
        else:
            runs.append(each)
    return sorted(runs, key=lambda f: (f.source, f.first, f.table, f.part or 0))


def _says_the_same(one: Finding, other: Finding) -> bool:
    return (one.source, one.table, one.kind, one.part, one.detail) == (
        other.source,
        other.table,
        other.kind,
        other.part,
        other.detail,
    )
