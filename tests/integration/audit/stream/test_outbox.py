"""Reading an outbox: each event once and in order, in portions of any size, from any position on."""

from contextlib import closing
from dataclasses import replace

import pytest

from genims.audit.ledger.position import Position
from genims.audit.stream.outbox import NOTHING_SEEN, Outbox, SourceEvent
from genims.core import connections
from tests.support.audit.capture_database import STANDS_FOR, capture_database

pytest_plugins = ["tests.support.audit.capture_fixtures"]

START = Position(done_snapshot=NOTHING_SEEN)


@pytest.fixture
def outbox(item):
    with closing(Outbox.connect(connections.connection(connections.source_id(STANDS_FOR)))) as outbox:
        yield outbox


def read_all(outbox: Outbox, position: Position, limit: int) -> list[SourceEvent]:
    events = []
    while True:
        reading = outbox.read(position, limit)
        events += reading.events
        position = reading.position
        if not position.reading_snapshot:
            return events


@pytest.mark.parametrize("limit", [1, 100, 130, 10_000])
def test_events_that_are_together_are_read_one_by_one(item, outbox, limit):
    item.owner.execute("INSERT INTO item SELECT n, n::text FROM generate_series(1, 250) AS n")
    item.owner.execute("UPDATE item SET price = 1 WHERE id <= 101")
    item.owner.execute("DELETE FROM item WHERE id = 7")
    item.owner.execute("TRUNCATE item")
    events = read_all(outbox, START, limit)
    assert [event.op for event in events] == [*"I" * 250, *"U" * 101, "D", "T"]
    assert [event.after for event in events[:250]] == [f"({n},{n},)" for n in range(1, 251)]
    assert {(event.before, event.after) for event in events[250:351]} == {
        (f"({n},{n},)", f"({n},{n},1.00)") for n in range(1, 102)
    }
    assert [event.row_count for event in events] == [*[1] * 352, 249]
    numbers = [event.seq for event in events]
    assert numbers == sorted(set(numbers))
    assert outbox.waiting() == 353
    outbox.clear(numbers)
    assert outbox.waiting() == 0


@pytest.mark.parametrize("delivered", [0, 1, 99, 100, 130, 249, 250])
def test_what_was_delivered_of_events_that_are_together_is_not_read_again(item, outbox, delivered):
    item.owner.execute("INSERT INTO item SELECT n FROM generate_series(1, 250) AS n")
    events = read_all(outbox, START, 1_000)
    # The writer stopped in the middle: a reader from its position and a reader from the start both find the rest.
    if delivered:
        reading = outbox.read(START, 1_000)
        position = replace(START, reading_snapshot=reading.snapshot, after_seq=events[delivered - 1].seq)
        assert read_all(outbox, position, 1_000) == events[delivered:]
        left_over = [left.seq for portion in outbox.left_over(position) for left in portion]
        assert left_over[:delivered] == [e.seq for e in events[:delivered]]
    outbox.clear([event.seq for event in events[:delivered]])
    assert outbox.waiting() == 250 - delivered
    assert read_all(outbox, START, 1_000) == events[delivered:]


@pytest.mark.parametrize(
    ("encoding", "text"), [("WIN1252", "é\\x81"), ("SQL_ASCII", "\\xe9\\x81"), ("LATIN1", "é\x81")]
)
def test_bytes_that_are_no_characters_stop_no_event(stack, source_server, encoding, text):
    owner = stack.env["STACK_POSTGRES_OWNER"], stack.env["STACK_POSTGRES_OWNER_PASSWORD"]
    options = f"ENCODING '{encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
    with capture_database(source_server, "genims_capture_encoding", *owner, options) as database:
        database.create("CREATE TABLE item (id int PRIMARY KEY, name text)", "item")
        with closing(database.connect(client_encoding=encoding)) as session:
            session.pgconn.exec_(b"INSERT INTO item VALUES (1, '\xe9\x81')")
        database.owner.execute("INSERT INTO item VALUES (2, 'b')")
        with closing(Outbox.connect(connections.connection(connections.source_id(STANDS_FOR)))) as outbox:
            events = read_all(outbox, START, 100)
            assert [event.after for event in events] == [f"(1,{text})", "(2,b)"]
            assert outbox.version(events[0].version_id).column_names == ("id", "name")
