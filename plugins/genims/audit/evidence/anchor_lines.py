"""The lines of the anchors: what each says, and how it holds on to the one before.

Version 2 numbers the lines of a container, over all days, and gives each the hash of the one before. A line says one
of:

- a closed block: its number, events, hashes and signature;
- an open event: its number and leaf, so that also what no block holds yet cannot be changed unseen;
- the end of a day: the next line is the first one of a later day's blob;
- a break: what the anchorer found missing or changed.

A day's blob begins with the last block of every source, carried over from the day before. Lines of version 1, from
before, are closed blocks alone.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from hashlib import sha256
from typing import NamedTuple

VERSION = 2
START = bytes(32)
"""``previous`` of the first line of a container."""

Anchors = dict[str, set[tuple[int, bytes]]]
"""Number and block_hash of blocks, by source database. A block that was rewritten may be there with both its hashes."""


@dataclass(frozen=True)
class Line:
    """One line.

    :param text: as it is in the blob, with its line feed.
    """

    text: bytes

    @cached_property
    def values(self) -> dict:
        """What it says; nothing where it cannot be read."""
        try:
            values = json.loads(self.text)
            _check(values)
        except (ValueError, TypeError, LookupError, AttributeError):
            return {}
        return values

    @cached_property
    def digest(self) -> bytes:
        """What the next line names it by."""
        return sha256(self.text).digest()

    @property
    def number(self) -> int:
        """Its place in the container; 0 in version 1."""
        return self.values.get("line", 0)

    @property
    def source(self) -> str | None:
        """The source database that it is about."""
        return self.values.get("source")

    @property
    def is_chained(self) -> bool:
        """Whether it holds on to the line before."""
        return "previous" in self.values

    @property
    def is_carried(self) -> bool:
        """Whether it repeats a line of the day before."""
        return "carried" in self.values

    @property
    def ends_day(self) -> bool:
        return "ends" in self.values

    @property
    def found_broken(self) -> str | None:
        """What the anchorer found missing or changed."""
        return self.values.get("break")

    @property
    def block(self) -> tuple[int, bytes] | None:
        """Number and block_hash of the closed block that it is about."""
        if "block_hash" not in self.values:
            return None
        return self.values["block"], bytes.fromhex(self.values["block_hash"])

    @property
    def event(self) -> tuple[int, bytes] | None:
        """Number and leaf of the open event that it is about."""
        return (self.values["event"], bytes.fromhex(self.values["leaf"])) if "leaf" in self.values else None

    @property
    def closed_on(self) -> str | None:
        """The day on which its block was closed, UTC, as ISO text."""
        return self.values["closed_at"][:10] if "closed_at" in self.values else None

    def follows(self, before: Line | None) -> bool:
        """Whether it was written behind a line.

        :param before: that line; None at the beginning of a container.
        """
        return self.values.get("previous") == (before.digest if before else START).hex()

    @property
    def to_carry(self) -> dict:
        """What it says, for the next day."""
        own = {name: value for name, value in self.values.items() if name not in ("version", "line", "previous")}
        return own | {"carried": True}


def _check(values: dict) -> None:
    """Raises ValueError, TypeError, LookupError or AttributeError for what no anchorer wrote."""
    for name in ("previous", "block_hash", "merkle_root", "signature", "leaf"):
        bytes.fromhex(values.get(name) or "")
    for name in ("line", "block", "event", "anchored_block"):
        range(values.get(name, 0))
    if "block_hash" in values:
        datetime.fromisoformat(values["closed_at"])
    needed = {"block_hash": ("source", "block"), "leaf": ("source", "event"), "break": ()}
    for said, names in needed.items():
        if said in values and not all(name in values for name in names):
            raise ValueError(f"expected {names} with {said}")
    if not isinstance(values.get("source", ""), str):
        raise TypeError("expected a name of a source database")


def lines_in(data: bytes) -> list[Line]:
    """The lines of a part of a blob."""
    return [Line(text) for text in data.splitlines(keepends=True)]


def chained(entries: Iterable[dict], before: Line | None) -> Iterator[Line]:
    """Lines that follow a line.

    :param entries: what they say.
    :param before: the line before the first of them; None at the beginning of a container.
    """
    for entry in entries:
        place = {
            "version": VERSION,
            "line": before.number + 1 if before else 1,
            "previous": (before.digest if before else START).hex(),
        }
        before = Line(json.dumps(place | entry).encode() + b"\n")
        yield before


def open_event(source: str, event: int, leaf: bytes) -> dict:
    """What a line says of the last event that no block holds yet.

    :param source: short name of its database.
    :param event: its ``audit_sequence``.
    :param leaf: its leaf, 32 bytes.
    """
    return {"source": source, "event": event, "leaf": leaf.hex()}


def end_of(day: date) -> dict:
    """What the last line of a day's blob says."""
    return {"ends": f"{day}"}


def broken(source: str | None, block: int | None, why: str) -> dict:
    """What a line says of something that was anchored and is gone or changed.

    :param source: None where it is about the lines themselves.
    :param block: the last block that was anchored; None where that is not known.
    """
    about = {"source": source, "anchored_block": block or 0} if source else {}
    return about | {"break": why}


class Surrounding(NamedTuple):
    """The lines of a day's blob, and those that they must fit to.

    :param before: the last line of the blob before; None where there is none.
    :param after: the lines of the next blob.
    """

    day: date
    before: Line | None
    lines: list[Line]
    after: list[Line]


@dataclass
class DayAnchors:
    """What is anchored about the blocks that were closed on a day.

    :param blocks: their numbers and hashes, by source database.
    :param events: leaves of events that were open when they were anchored, by source database and number.
    :param signed: blocks that were signed when they were anchored.
    :param following: lines of later days, where blocks are found that were anchored late.
    """

    blocks: Anchors = field(default_factory=dict)
    events: dict[str, dict[int, set[bytes]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    signed: set[tuple[str, int]] = field(default_factory=set)
    following: Iterator[list[Line]] = field(default_factory=lambda: iter(()))

    @classmethod
    def around(cls, place: Surrounding, following: Iterator[list[Line]]) -> DayAnchors:
        """What the lines of a day and of the next say.

        :param place: the lines of the day, and those next to them.
        :param following: the lines of each later day, in order.
        """
        found = cls(following=following)
        found._learn([*([place.before] if place.before else []), *place.lines, *place.after], f"{place.day}")
        return found

    def look_on(self, day: date, wanted: set[tuple[str, int]]) -> None:
        """Read later days until all wanted blocks are found.

        :param wanted: source database and number of blocks that were closed on the day.
        """
        while wanted - {(source, number) for source, known in self.blocks.items() for number, _ in known}:
            lines = next(self.following, None)
            if lines is None:
                return
            self._learn(lines, f"{day}")

    def _learn(self, lines: Iterable[Line], day: str) -> None:
        for line in lines:
            if line.event:
                number, leaf = line.event
                self.events[line.source][number].add(leaf)
            if line.block and line.closed_on == day:
                self.blocks.setdefault(line.source, set()).add(line.block)
                if line.values.get("signature"):
                    self.signed.add((line.source, line.block[0]))
