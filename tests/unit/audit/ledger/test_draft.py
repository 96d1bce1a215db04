"""What an append adds to a ledger, before MySQL sees any of it."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime, timedelta

from genims.audit.format import versions
from genims.audit.format.block import NO_BLOCK
from genims.audit.format.chained_tables import AUDIT_SCHEMA, EVENTS
from genims.audit.format.encoded_event import encode
from genims.audit.format.signatures import Keys, signed_wrong
from genims.audit.ledger import draft
from genims.audit.ledger.draft import Draft
from genims.audit.ledger.position import Position
from genims.audit.ledger.state import BLOCK_AGE, State
from genims.core import ddl
from tests.support.audit.second_form import SECOND_FORM
from tests.support.audit.writing import events

NOW = datetime(2026, 11, 24, 10)
ENCODED = [encode(event) for event in events(8)]


def begun() -> State:
    """Three events are in no block yet."""
    first = State("erp", Position(), 0, None, 0, NO_BLOCK, datetime.min)
    return Draft(first, ENCODED[:3], None, NOW, seal=False).state


def test_a_draft_leaves_the_state_before_it_as_it_was():
    state = begun()
    untouched = deepcopy(state)
    made = Draft(state, ENCODED[3:], Position("5:5:"), NOW + BLOCK_AGE, seal=True)
    assert state == untouched
    assert made.state != untouched


def test_blocks_close_when_they_are_due_full_or_sealed(monkeypatch):
    monkeypatch.setattr(draft, "BLOCK_EVENTS", 4)
    almost = NOW + BLOCK_AGE - timedelta(microseconds=1)
    assert Draft(begun(), [], None, almost, seal=False).blocks == []
    made = Draft(begun(), ENCODED[3:], None, NOW + BLOCK_AGE, seal=True)
    assert [(block.first_audit_sequence, block.last_audit_sequence) for block in made.blocks] == [
        (1, 3),
        (4, 7),
        (8, 8),
    ]
    hashes = [block.block_hash for block in made.blocks]
    assert [block.previous_block_hash for block in made.blocks] == [NO_BLOCK, *hashes[:2]]
    assert len(made.lines[EVENTS]) == 5


def test_what_is_stored_is_every_column_but_those_that_others_keep():
    columns = ddl.tables(AUDIT_SCHEMA)["audit_sequence_manager"].columns
    stored = Draft(begun(), [], None, NOW, seal=False).stored
    kept_by_others = {"source_database", "fence", "anchored_block", "anchor_line", "anchor_hash", "lost_since"}
    kept_by_others.add("audit_timestamp")  # always NULL
    assert kept_by_others | stored.keys() == set(columns)


def test_open_events_are_closed_as_what_their_rows_were_hashed_with(monkeypatch):
    state = begun()
    monkeypatch.setitem(versions.FORMS, 2, SECOND_FORM)
    monkeypatch.setattr(versions, "FORMAT", 2)
    assert state.is_due(NOW)
    made = Draft(state, ENCODED[3:], None, NOW, seal=True)
    assert [(block.last_audit_sequence, block.format_version) for block in made.blocks] == [(3, 1), (8, 2)]
    assert [versions.version_of(block) for block in made.blocks] == [1, 2]


def test_blocks_are_signed_and_so_are_open_events():
    keys = Keys(bytes(range(32)))
    state = begun()
    state.keys = keys
    made = Draft(state, ENCODED[3:], None, NOW + BLOCK_AGE, seal=False)
    [closed] = made.blocks
    assert signed_wrong(closed, keys) is None
    assert signed_wrong(closed._replace(block_hash=bytes(32)), keys) == "its signature is not of its values"
    signature = made.stored["open_signature"]
    assert keys.what_is_wrong(signature, made.state.open_statement, NOW.date()) is None
    assert Draft(made.state, [], None, NOW, seal=True).stored["open_signature"] is None


def test_no_block_is_signed_over_events_that_the_ledger_does_not_know():
    state = begun()
    state.keys, state.vouched = Keys(bytes(range(32))), False
    made = Draft(state, ENCODED[3:], None, NOW, seal=True)
    assert [(block.event_count, block.signature is None) for block in made.blocks] == [(3, True), (5, False)]
