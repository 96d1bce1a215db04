"""What a verification read and found, for people and as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

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
    :param signed: how many blocks are signed.
    :param findings: what deviates.
    :param unproven: what may be right, and has no proof.
    """

    heads: dict[str, Head] = field(default_factory=dict)
    events: int = 0
    rows: int = 0
    anchors: int = 0
    signed: int = 0
    findings: list[Finding] = field(default_factory=list)
    unproven: list[Finding] = field(default_factory=list)

    @property
    def blocks(self) -> int:
        """How many blocks were verified."""
        return sum(head.blocks for head in self.heads.values())


class State(StrEnum):
    """What a verification says. Only what is proven is intact."""

    INTACT = "intact"
    NOT_PROVEN = "not proven"
    DEVIATIONS = "deviations"


EXIT_CODES = {State.INTACT: 0, State.DEVIATIONS: 1, State.NOT_PROVEN: 2}


@dataclass
class Report:
    """The outcome of some days.

    :param first_day: first day, UTC.
    :param last_day: last day, included.
    :param anchored: whether blocks were compared with their anchors in Blob Storage.
    :param seconds: how long it took.
    :param keys: whether signatures could be checked.
    """

    first_day: date
    last_day: date
    anchored: bool
    outcome: Outcome
    seconds: float
    keys: bool = False

    @property
    def state(self) -> State:
        """What is said of these days."""
        if self.outcome.findings:
            return State.DEVIATIONS
        return State.NOT_PROVEN if self.why_not_proven else State.INTACT

    @property
    def intact(self) -> bool:
        """Whether nothing deviates, and all of it is proven."""
        return self.state is State.INTACT

    @property
    def why_not_proven(self) -> str | None:
        """What is lacking for a proof; None where nothing is."""
        if not self.anchored:
            return "no Blob Storage is set, so a rewritten database would not be found"
        if self.outcome.unproven:
            return f"{len(self.outcome.unproven)} times blocks have no anchor"
        if self.outcome.blocks and not self.outcome.anchors:
            return "none of these blocks is anchored yet"
        return None

    def __str__(self) -> str:
        found = self.outcome.findings
        lines = [
            f"{self.first_day} to {self.last_day}: {self._said}. "
            f"{self.outcome.rows:,} rows of {self.outcome.events:,} events in {self.outcome.blocks:,} blocks, "
            f"{self.seconds:.2f} s. "
            f"{f'Compared with {self.outcome.anchors:,}' if self.anchored else 'Not compared with'} anchors. "
            f"{self._signed}.",
            *(f"{source}: {head}" for source, head in sorted(self.outcome.heads.items())),
            *map(str, [*found, *self.outcome.unproven]),
        ]
        return "\n  ".join(lines)

    @property
    def _said(self) -> str:
        if self.state is State.DEVIATIONS:
            return f"{len(self.outcome.findings)} deviations"
        return f"{self.state}: {self.why_not_proven}" if self.why_not_proven else f"{self.state}"

    @property
    def _signed(self) -> str:
        if not self.outcome.signed:
            return "Not signed"
        counted = f"{self.outcome.signed:,} of {self.outcome.blocks:,} blocks are signed"
        return counted if self.keys else f"{counted}, which nobody checked: no key is set"

    def as_json(self) -> str:
        """All of it as JSON text: source databases with their last block, whose hash stands for all before it."""
        values = {
            "first_day": f"{self.first_day}",
            "last_day": f"{self.last_day}",
            "intact": self.intact,
            "state": f"{self.state}",
            "why_not_proven": self.why_not_proven,
            "signed": self.outcome.signed,
            "signatures_checked": self.keys,
            "anchors": self.outcome.anchors if self.anchored else None,
            "seconds": round(self.seconds, 3),
            "blocks": self.outcome.blocks,
            "events": self.outcome.events,
            "rows": self.outcome.rows,
            "sources": {source: head.as_dict() for source, head in sorted(self.outcome.heads.items())},
            "findings": [each.as_dict() for each in self.outcome.findings],
            "unproven": [each.as_dict() for each in self.outcome.unproven],
        }
        return json.dumps(values, indent=2)
