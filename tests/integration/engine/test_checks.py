"""Every check can warn and fail; the run log keeps what it found, and a failing one publishes nothing."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from genims.core.errors import RejectedRows
from genims.core.settings import settings
from tests.support.faults.faults import TODAY, ScratchTable, at, query, refused

pytest_plugins = ["tests.support.faults.fixtures"]

YESTERDAY = TODAY - timedelta(days=1)
RECONCILE = """/* --- source: master --- */
SELECT day, sum(amount) AS amount FROM fault_rows WHERE {{ window("day") }} GROUP BY day
"""
SNAPSHOT = "SELECT * REPLACE (DATE '{{ window.start }}' AS day) FROM master.fault_rows WHERE day = current_date"
DOUBLED = (
    "SELECT * REPLACE (CAST(2 * amount AS DECIMAL(12, 2)) AS amount) FROM master.fault_rows WHERE {{ window('day') }}"
)

# What the header says, the row that breaks it, how many rows are bad then, and the example in words.
BROKEN = {
    "in_range": (
        "{check: in_range, columns: [quantity, amount], min: 0, max: 100",
        (TODAY, "Z", None, None, 101),
        (1, f"day={TODAY}, id=Z, quantity=101"),
    ),
    "not_negative": (
        "{check: not_negative, columns: [amount]",
        (TODAY, "Z", None, "-0.01"),
        (1, f"day={TODAY}, id=Z, amount=-0.01"),
    ),
    "known_member": (
        "{check: known_member, columns: [note]",
        (TODAY, "Z", "UNKNOWN"),
        (1, f"day={TODAY}, id=Z, note=UNKNOWN"),
    ),
    "not_ahead_of_today": (
        "{check: not_ahead_of_today",
        (TODAY + timedelta(days=1), "Z"),
        (1, f"day={TODAY + timedelta(days=1)}, id=Z"),
    ),
    "row_count_near_yesterday": (
        "{check: row_count_near_yesterday, percent: 20",
        (YESTERDAY, "Z"),
        (1, f"{YESTERDAY}: 5 rows, {TODAY - timedelta(days=2)}: 4"),
    ),
}


def created(scratch: ScratchTable, *checks: str, **options) -> ScratchTable:
    """The table with checks in its header, filled and loaded."""
    header = options.pop("header", scratch.LOAD)
    lines = "".join(f"  - {check}\n" for check in checks)
    scratch.create(header=f"{header}checks:\n{lines}", **options).fill()
    (scratch.folder / "reconcile").mkdir(exist_ok=True)
    (scratch.folder / "reconcile" / "fault_rows.sql").write_text(RECONCILE)
    return scratch


def found(scratch: ScratchTable, check: str) -> list[dict]:
    """What the run log has of a check that the last load made, broken results first."""
    return [result for result in json.loads(scratch.logged().checks) if result["check"] == check]


@pytest.mark.parametrize(("line", "row", "expected"), BROKEN.values(), ids=BROKEN)
def test_a_check_warns_and_fails(scratch, line, row, expected, caplog):
    name = line.split(": ")[1].split(",")[0]
    created(scratch, f"{line}, level: warn}}").load()
    assert [result["passed"] for result in found(scratch, name)] == [True]

    scratch.insert(*row)
    scratch.load()
    bad_rows, example = expected
    broken = found(scratch, name)[0]
    assert (broken["passed"], broken["level"]) == (False, "warn")
    assert (broken["bad_rows"], broken["example"]) == expected
    assert row[:2] in [loaded[:2] for loaded in scratch.rows()], "a warning does not keep rows back"
    assert re.search(rf"{name} +warn +NEW +{bad_rows} .*{re.escape(example)}", caplog.text)

    query(f"DELETE FROM {settings().mysql_reporting_db}.fault_rows WHERE id = 'Z'")
    header = scratch.folder / "reporting" / "fault_rows.sql"
    header.write_text(header.read_text().replace("level: warn", "level: fail"))
    with refused(scratch, RejectedRows, "nothing was published", name, example, retried=False):
        scratch.load()
    assert (scratch.logged().rows_read, scratch.logged().rows_rejected) == (len(scratch.rows()) + 1, bad_rows)
    assert found(scratch, name)[0]["passed"] is False


def test_a_warning_is_new_until_it_is_usual_and_again_when_it_grows(scratch, caplog):
    created(scratch, "{check: known_member, columns: [note], level: warn}")
    query(f"DELETE FROM {settings().mysql_audit_db}.audit_etl_sync_log WHERE table_name = 'fault_rows'")
    scratch.insert(TODAY, "Z", "UNKNOWN")

    def standing_of_next_load() -> tuple[str, str]:
        caplog.clear()
        scratch.load()
        [level] = {record.levelname for record in caplog.records if record.message.startswith("Checks of fault_rows")}
        return found(scratch, "known_member")[0]["standing"], level

    assert [standing_of_next_load() for _ in range(4)] == [("NEW", "WARNING")] * 3 + [("usual", "INFO")]
    scratch.insert_many([(TODAY, f"Z{n}", "UNKNOWN", None, None, None) for n in range(10)])
    assert standing_of_next_load() == ("NEW", "WARNING")


def test_what_always_holds_is_reported_by_name(scratch):
    scratch.load()
    assert [(result["check"], result["level"], result["passed"]) for result in json.loads(scratch.logged().checks)] == [
        ("fits_column", "fail", True),
        ("not_null", "fail", True),
        ("unique_grain", "fail", True),
    ]
    scratch.insert(TODAY, None)
    scratch.insert(TODAY, "K1", "x" * 41)
    with refused(scratch, RejectedRows, "id is NULL", "note is longer", "K1 2 times", retried=False):
        scratch.load()
    broken = [(result["check"], result["column"]) for result in json.loads(scratch.logged().checks)]
    assert broken == [("not_null", "id"), ("fits_column", "note"), ("unique_grain", "day, id")]


def test_sums_match_the_source_in_the_same_snapshot(scratch):
    line = "{check: sum_matches_source, columns: [amount], source: master, level: fail}"
    created(scratch, line)
    with at("examining", lambda: scratch.insert(TODAY, "Z", None, 5)):
        scratch.load()
    assert found(scratch, "sum_matches_source")[0]["passed"]

    scratch.drop_tables()
    created(scratch, line, select=DOUBLED)
    with refused(
        scratch,
        RejectedRows,
        "sum_matches_source",
        f"{TODAY - timedelta(days=2)}: 21.0 rather than 10.5",
        retried=False,
    ):
        scratch.load()
    created(scratch, line.replace("fail", "warn"), select=DOUBLED).load()
    assert found(scratch, "sum_matches_source")[0]["bad_rows"] == 3


def test_a_snapshot_is_compared_with_the_one_before(scratch):
    created(
        scratch,
        "{check: row_count_near_yesterday, percent: 50, level: warn}",
        header="load: snapshot\n",
        select=SNAPSHOT,
    ).load()
    assert found(scratch, "row_count_near_yesterday")[0]["passed"], "there is no day before"
    query(f"UPDATE fault_tests_db.fault_rows SET day = '{YESTERDAY}'")
    scratch.owner.execute("DELETE FROM fault_rows WHERE id <> 'K1'")
    scratch.load()
    assert found(scratch, "row_count_near_yesterday")[0]["example"] == f"{TODAY}: 1 rows, {YESTERDAY}: 4"


LOSSY = {
    "a decimal": ("amount DECIMAL(12,2)", "CAST(1.005 AS DECIMAL(12, 3)) AS amount", "amount has decimals"),
    "a fraction of a whole number": ("amount INT", "CAST(1.5 AS DECIMAL(12, 1)) AS amount", "amount has decimals"),
    "a floating-point number": ("amount DECIMAL(12,2)", "1 / 3 AS amount", "amount has decimals"),
    "a time of day": (
        "amount DATE",
        "TIMESTAMP '2026-03-02 10:00:00' AS amount",
        "a time of day that DATE would cut off",
    ),
}


@pytest.mark.parametrize(("column", "value", "message"), LOSSY.values(), ids=LOSSY)
def test_a_value_that_the_column_would_change_in_silence(scratch, column, value, message):
    select = f"SELECT day, id, {value} FROM master.fault_rows WHERE {{{{ window('day') }}}}"
    key = "id VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NOT NULL"
    scratch.create(f"    day DATE NOT NULL,\n    {key},\n    {column},\n", select=select).fill(days=1, rows=1)
    with refused(scratch, RejectedRows, message, f"day={TODAY}, id=K1", retried=False):
        scratch.load()


def test_the_grain_is_unique_in_the_types_of_the_table(scratch):
    """Two instants of one day are two values to the query and one to the table."""
    scratch.create(source="day timestamp, id text, note text, amount numeric, quantity bigint, seen_at timestamp")
    scratch.insert(f"{TODAY} 00:00:00", "A")
    scratch.insert(f"{TODAY} 10:00:00", "A")
    with refused(scratch, RejectedRows, f"day={TODAY}, id=A 2 times", "a time of day", retried=False):
        scratch.load()
