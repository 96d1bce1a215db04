"""Changes past the triggers: what PostgreSQL has counted and no trigger has captured is named, and nothing else is."""

from contextlib import closing

import pytest

from genims.audit.ledger.position import Position
from genims.audit.stream.cross_check import LOOK_SECONDS, ROUND_SECONDS, CrossCheck
from genims.audit.stream.outbox import NOTHING_SEEN, Outbox
from genims.core import connections
from tests.support.audit.capture_database import STANDS_FOR

pytest_plugins = ["tests.support.audit.capture_fixtures"]

# Nobody is told when a session reports what it has changed, but it may be made to.
REPORT = "SELECT pg_stat_force_next_flush()"
PAST_THE_TRIGGERS = "DELETE FROM genims_audit.event WHERE xid = pg_current_xact_id()"


class Watch:
    """A cross-check and the reading that goes with it, at a clock of its own."""

    def __init__(self, outbox: Outbox):
        self.outbox = outbox
        self.now = 0
        self.position = Position(done_snapshot=NOTHING_SEEN)
        self.check = CrossCheck(outbox.session, lambda: self.now)

    def rounds(self, number: int = 1) -> list[str]:
        """Let time pass; returns the problems."""
        for _ in range(number * ROUND_SECONDS // LOOK_SECONDS + 1):
            self.now += LOOK_SECONDS
            self.check.look()
            reading = self.outbox.read(self.position, 10_000)
            self.position = reading.position
            self.check.captured(reading.events)
            self.check.compare()
        return list(self.check.problems.values())


@pytest.fixture
def watch(item):
    """Comparing, with two rows in the table."""
    item.create("CREATE TABLE IF NOT EXISTS parted (id int, half int) PARTITION BY LIST (half)", "parted")
    item.owner.execute(
        "CREATE TABLE IF NOT EXISTS parted_1 PARTITION OF parted FOR VALUES IN (1);"
        "CREATE TABLE IF NOT EXISTS parted_2 PARTITION OF parted FOR VALUES IN (2);"
        "TRUNCATE parted; INSERT INTO parted SELECT n, 1 FROM generate_series(1, 5) AS n;"
        "INSERT INTO item VALUES (1, 'a', 1), (2, 'b', 2)"
    )
    item.owner.execute(REPORT)
    with closing(Outbox.connect(connections.connection(connections.source_id(STANDS_FOR)))) as outbox:
        watch = Watch(outbox)
        assert watch.rounds(2) == []
        yield watch


@pytest.mark.parametrize(
    "statements",
    [
        ["INSERT INTO item SELECT n, 'c', n FROM generate_series(3, 40) AS n", "UPDATE item SET id = -id",
         "DELETE FROM item"],
        ["BEGIN", "INSERT INTO item VALUES (3, 'c', 3)", "UPDATE item SET id = -id", "DELETE FROM item", "ROLLBACK"],
        ["BEGIN", "SAVEPOINT s", "DELETE FROM item", "ROLLBACK TO s", "UPDATE item SET price = 3", "COMMIT"],
        ["DO $$ BEGIN INSERT INTO item VALUES (3, 'c', 3), (1, 'a', 1); EXCEPTION WHEN unique_violation THEN END $$"],
        ["INSERT INTO item VALUES (1, 'x', 1), (3, 'x', 1) ON CONFLICT (id) DO UPDATE SET name = excluded.name"],
        ["MERGE INTO item USING (VALUES (1), (3)) AS s (id) ON item.id = s.id WHEN MATCHED THEN DELETE "
         "WHEN NOT MATCHED THEN INSERT VALUES (s.id, 'n', 3)"],
        ["BEGIN", "INSERT INTO item VALUES (3, 'c', 3)", "TRUNCATE item", "INSERT INTO item VALUES (4, 'd', 4)",
         "COMMIT"],
        ["BEGIN", "UPDATE item SET price = 9", "PREPARE TRANSACTION 'later'", "COMMIT PREPARED 'later'"],
        ["UPDATE parted SET half = 3 - half"],
        ["UPDATE item SET price = 5", REPORT, "ANALYZE item", "UPDATE item SET price = 6"],
        ["UPDATE item SET price = 5", REPORT, "SELECT pg_stat_reset()", "UPDATE item SET price = 6"],
        ["UPDATE item SET price = 5", "ALTER TABLE item ADD more int DEFAULT 1", "ALTER TABLE item DROP more",
         "VACUUM FULL item"],
    ],
    ids=lambda statements: statements[0][:30] + statements[-1][:20],
)  # fmt: skip
def test_whatever_is_captured_is_never_missing(item, watch, statements):
    for statement in [*statements, REPORT]:
        item.owner.execute(statement)
    assert watch.rounds(3) == []


@pytest.mark.parametrize(
    ("statements", "problem"),
    [
        (["UPDATE item SET price = 9"], "table item: 2 changes or more"),
        (["INSERT INTO item SELECT n FROM generate_series(3, 7) AS n"], "table item: 5 changes or more"),
        (["DELETE FROM item WHERE id = 1"], "table item: 1 changes or more"),
        (["SAVEPOINT s", "INSERT INTO item VALUES (3)", "ROLLBACK TO s", "UPDATE item SET id = -id"],
         "table item: 2 changes or more"),
        (["UPDATE parted SET id = 0"], "table parted: 5 changes or more"),
    ],
)  # fmt: skip
def test_what_went_past_the_triggers_is_named(item, watch, statements, problem):
    for statement in ("UPDATE item SET price = 5", REPORT, "ANALYZE item", "UPDATE item SET price = 6", REPORT):
        item.owner.execute(statement)
    assert watch.rounds(3) == []
    for statement in ["BEGIN", *statements, PAST_THE_TRIGGERS, "COMMIT", REPORT]:
        item.owner.execute(statement)
    assert watch.rounds(2) == [f"{problem} were made and not captured"]
    assert watch.rounds(2) == [f"{problem} were made and not captured"]


def test_a_session_that_reports_late_is_waited_for(item, watch):
    with closing(item.connect()) as late:
        late.execute("UPDATE item SET price = 7")
        late.execute("UPDATE item SET price = 8")
        late.execute("BEGIN")
        late.execute("SELECT")
        again = Watch(watch.outbox)
        again.position = watch.position
        watch.rounds()
        again.position = watch.position
        assert again.rounds(3) == []
        late.execute("COMMIT")
        late.execute(REPORT)
        assert again.rounds(3) == []
    assert watch.rounds(3) == []
