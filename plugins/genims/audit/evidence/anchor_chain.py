"""The end of the chain of anchor lines: where lines are added, each with the hash of the one before."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from genims.audit.evidence.anchor_lines import Line, broken, chained, end_of, lines_in
from genims.audit.evidence.anchor_store import AnchorStore
from genims.core.errors import BlobClosed, BlobEndMoved, BlobMissing, ContainerMissing

# About 3 MB, of the 4 MiB that Azure takes in one append.
LINES_AT_A_TIME = 5_000


class AnchorChain:
    """The newest lines, and what they say.

    :param store: the container.
    :ivar blocks: block_hash of the blocks that lines remembered here are about, by source database and number.
    :ivar anchored: the last block of each source database that was ever anchored, also if its line is lost.
    :ivar events: number and leaf of the last open event that was anchored of each source database.
    :ivar breaks: what was found lost in the container, by source database (None: of the lines themselves).
    """

    def __init__(self, store: AnchorStore):
        self._store = store
        self.breaks: dict[str | None, str] = {}
        self._load()

    def add(self, today: date, entries: list[dict]) -> list[Line]:
        """Add what is not there yet.

        :param today: UTC.
        :param entries: what the lines say.
        :returns: the lines that were added, those of a day's beginning included.
        """
        added: list[Line] = []
        while new := (self._lost + [each for each in entries if not self._is_known(each)])[:LINES_AT_A_TIME]:
            if self._day is not None and self._day < today and not self._ended:
                self._append([end_of(self._day)])
                continue
            if self._day is None or self._ended:
                self._day, self._size, self._ended = max(today, self._day_after()), 0, False
                self._begun = not self._carry
            if not self._begun:
                added += self._append([line.to_carry for line in self._carry.values()])
                continue
            lost = self._lost
            if done := self._append(new):
                added += done
                self._lost = [each for each in self._lost if each not in lost]
                entries = [each for each in entries if each not in new]
        return added

    def disagreement(self, source: str, block: int | None, number: int | None, digest: bytes | None) -> str | None:
        """Why the lines are not those that the database remembers; None if they may be.

        :param block: the last block that was anchored, as the database knows.
        :param number: the newest line about the source.
        :param digest: its hash.
        """
        if block and self.anchored.get(source, 0) < block:
            return (
                f"{source}: block {block} was anchored by line {number}, which Blob Storage lacks: lines were removed "
                "there, or the container is another one. Blocks up to it are not anchored anew"
            )
        present = self._digests.get(number)
        if number and (number > self.last_number or (present and present != digest)):
            return f"{source}: line {number} of the anchors is not the one that the database remembers"
        return None

    @property
    def last_number(self) -> int:
        """The number of the last line."""
        return self._tail.number if self._tail else 0

    def _load(self) -> None:
        self.blocks: dict[str, dict[int, set[bytes]]] = defaultdict(lambda: defaultdict(set))
        self.anchored: dict[str, int] = {}
        self.events: dict[str, tuple[int, bytes]] = {}
        self._carry: dict[tuple[str, bool], Line] = {}
        self._digests: dict[int, bytes] = {}
        self._lost: list[dict] = []
        self._tail: Line | None = None
        self._day: date | None = None
        self._size, self._ended, self._begun = 0, False, False
        days = self._store.days()
        # The newest blob knows the last block of every source. One from before that has its own blocks alone.
        complete = days and any(line.is_chained for line in self._store.lines(days[-1]))
        for day in days[-2:] if complete else days:
            self._day, self._size, self._ended, self._begun = day, 0, False, False
            self._learn(self._store.lines(day))

    def _day_after(self) -> date:
        return self._day + timedelta(days=1) if self._day else date.min

    def _is_known(self, entry: dict) -> bool:
        if "block_hash" in entry:
            return bytes.fromhex(entry["block_hash"]) in self.blocks[entry["source"]][entry["block"]]
        if "leaf" in entry:
            return self.events.get(entry["source"]) == (entry["event"], bytes.fromhex(entry["leaf"]))
        return False

    def _append(self, entries: list[dict]) -> list[Line]:
        """The added lines; none where the blob is not as it was, which is then looked at."""
        lines = list(chained(entries, self._tail))
        try:
            self._store.append(self._day, self._size, b"".join(line.text for line in lines))
        except (BlobEndMoved, BlobMissing, ContainerMissing):
            self._catch_up()
            return []
        except BlobClosed as closed:
            self._go_on_behind(closed)
            return []
        self._learn(lines)
        return lines

    def _go_on_behind(self, closed: BlobClosed) -> None:
        """Go on in the blob of the next day."""
        self._ended = True
        self.breaks[None] = f"{closed}. The lines go on in the blob after it"
        self._lost.append(broken(None, None, self.breaks[None]))

    def _catch_up(self) -> None:
        """Take over what another anchorer has added, or find that the blob is no longer what it was."""
        lines = lines_in(self._store.read(self._day, self._size))
        # A line of the former version may still come from a run of the former release.
        continues = not lines or lines[0].follows(self._tail) or not lines[0].is_chained
        if self._store.size(self._day) < self._size or not continues:
            self._find_lost()
            return
        self._learn(lines)
        if self._ended:
            later = [day for day in self._store.days() if day > self._day]
            for day in later:
                self._day, self._size, self._ended, self._begun = day, 0, False, False
                self._learn(self._store.lines(day))

    def _find_lost(self) -> None:
        anchored, tail, day, lost = self.anchored, self._tail, self._day, self._lost
        self._load()
        self._lost = lost
        what = f"line {tail.number if tail else 0} of the anchors, of {day}, is gone from Blob Storage: its blob was "
        what += "removed, shortened or begun anew. What it anchored is not anchored anew"
        sources = [source for source, block in anchored.items() if self.anchored.get(source, 0) < block]
        for source in sources or [None]:
            text = f"{source}: up to block {anchored[source]} was anchored; {what}" if source else what
            self.breaks[source] = text
            self._lost.append(broken(source, anchored.get(source), text))

    def _learn(self, lines: list[Line]) -> None:
        for line in lines:
            self._tail = line
            self._size += len(line.text)
            self._ended = line.ends_day
            self._begun = self._begun or line.is_chained
            if line.is_chained:
                self._digests[line.number] = line.digest
            if line.block:
                number, block_hash = line.block
                self.blocks[line.source][number].add(block_hash)
                self._advance(line, number)
            if line.event:
                self.events[line.source] = line.event
            if line.found_broken and line.source:
                self._advance(line, line.values["anchored_block"])

    def _advance(self, line: Line, block: int) -> None:
        if block >= self.anchored.get(line.source, 0):
            self.anchored[line.source] = block
            self._carry[line.source, bool(line.found_broken)] = line
