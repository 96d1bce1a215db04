"""Anchor lines: each holds on to the one before, and whatever somebody writes there is read as nothing at worst."""

from __future__ import annotations

import json
from datetime import date
from random import Random

import pytest

from genims.audit.evidence.anchor_lines import START, DayAnchors, Line, Surrounding, broken, chained, open_event
from genims.audit.evidence.rules import check_lines

DAY = date(2026, 5, 4)


def block(number: int, source: str = "erp") -> dict:
    return {
        "source": source,
        "block": number,
        "first": number,
        "last": number,
        "closed_at": f"{DAY} 10:00:00",
        "merkle_root": bytes([number] * 32).hex(),
        "block_hash": bytes([number] * 32).hex(),
        "signature": None,
    }


LINES = list(chained([block(1), open_event("erp", 2, bytes(32)), block(2), block(3)], None))


def found(lines: list[Line], before: Line | None = None, after: list[Line] = ()) -> list[str]:
    return [each.detail for each in check_lines(Surrounding(DAY, before, lines, list(after)))]


def test_lines_are_numbered_and_hold_on_to_the_one_before():
    assert [line.number for line in LINES] == [1, 2, 3, 4]
    assert LINES[0].values["previous"] == START.hex()
    assert found(LINES) == []
    assert found(LINES[2:], before=LINES[1]) == []
    assert found(LINES[:2], after=LINES[2:]) == []


@pytest.mark.parametrize("lines", [LINES[1:], LINES[:1] + LINES[2:], [LINES[1], LINES[0], *LINES[2:]]])
def test_a_line_less_or_moved_is_found(lines):
    assert "does not follow the line before" in found(lines)[0]


def test_the_end_of_a_day_is_known_by_the_next_one():
    assert found(LINES[:2], after=LINES[3:])


def test_a_break_is_told_where_it_was_written_and_not_where_it_was_carried_to():
    [line] = chained([broken("erp", 3, "gone")], LINES[-1])
    assert found([*LINES, line]) == ["gone"]
    [carried] = chained([line.to_carry], line)
    assert found([carried], before=line) == []


def test_what_anybody_writes_there_never_stops_a_verification():
    random = Random(5)
    for _ in range(3000):
        text = bytearray(random.choice(LINES).text)
        for _ in range(random.randint(1, 3)):
            text[random.randrange(len(text) - 1)] = random.randrange(32, 256)
        line = Line(bytes(text))
        DayAnchors.around(Surrounding(DAY, None, [line], [line]), iter(()))
        assert found([LINES[0], line, LINES[3]])


@pytest.mark.parametrize("value", [1, [], None, {}, {"block_hash": "00"}, {"line": "1"}, {"source": 5}, {"leaf": "zz"}])
def test_other_json_is_read_as_nothing(value):
    line = Line(json.dumps(value).encode() + b"\n")
    assert (line.block, line.event, line.number) == (None, None, 0)
