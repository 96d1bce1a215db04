"""What a verification read and found, for people and as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date

from genims.audit.evidence.findings import Finding
from genims.audit.format.block import Block


@dataclass
class Head:
    """Where a source database stands after the verified days.

    :param blocks: how many blocks were closed on these days.
    :param newest: the last block up to then; None before the first. Its hash stands for all blocks before it.
    """

    blocks: int = 0
    newest: Block | None = None

    def as_dict(self) -> dict:
        """Its values as JSON holds them."""
        if self.newest is None:
            return {"blocks": self.blocks}
        return {
            "blocks": self.blocks,
            "last_block": self.newest.block_number,
            "last_event": self.newest.last_audit_sequence,
            "merkle_root": self.newest.merkle_root.hex(),
            "block_hash": self.newest.block_hash.hex(),
        }

    def __str__(self) -> str:
        last = self.newest
        if last is None:
            return "no block yet"
        hashes = f"root {last.merkle_root.hex()}, hash {last.block_hash.hex()}"
        return f"{self.blocks} blocks, up to block {last.block_number}, event {last.last_audit_sequence}, {hashes}"


@dataclass
class Outcome:
    """What was read, and what was found.

    :param heads: by source database.
    :param anchors: how many anchors of the verified blocks there are in Blob Storage.
    """

    heads: dict[str, Head] = field(default_factory=dict)
    events: int = 0
    rows: int = 0
    anchors: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def blocks(self) -> int:
        """How many blocks were verified."""
        return sum(head.blocks for head in self.heads.values())


@dataclass
class Report:
    """The outcome of some days.

    :param first_day: first day, UTC.
    :param last_day: last day, included.
    :param anchored: whether blocks were compared with their anchors in Blob Storage.
    :param seconds: how long it took.
    """

    first_day: date
    last_day: date
    anchored: bool
    outcome: Outcome
    seconds: float

    @property
    def intact(self) -> bool:
        """Whether nothing deviates."""
        return not self.outcome.findings

    def __str__(self) -> str:
        found = self.outcome.findings
        lines = [
            f"{self.first_day} to {self.last_day}: {f'{len(found)} deviations' if found else 'intact'}. "
            f"{self.outcome.rows:,} rows of {self.outcome.events:,} events in {self.outcome.blocks:,} blocks, "
            f"{self.seconds:.2f} s. "
            f"{f'Compared with {self.outcome.anchors:,}' if self.anchored else 'Not compared with'} anchors.",
            *(f"{source}: {head}" for source, head in sorted(self.outcome.heads.items())),
            *map(str, found),
        ]
        return "\n  ".join(lines)

    def as_json(self) -> str:
        """All of it as JSON text: source databases with their last block, whose hash stands for all before it."""
        values = {
            "first_day": f"{self.first_day}",
            "last_day": f"{self.last_day}",
            "intact": self.intact,
            "anchors": self.outcome.anchors if self.anchored else None,
            "seconds": round(self.seconds, 3),
            "blocks": self.outcome.blocks,
            "events": self.outcome.events,
            "rows": self.outcome.rows,
            "sources": {source: head.as_dict() for source, head in sorted(self.outcome.heads.items())},
            "findings": [each.as_dict() for each in self.outcome.findings],
        }
        return json.dumps(values, indent=2)
