"""Large rows: what fits is stored whole, what does not as excerpts, within 512 MB, and no other source waits for it."""

from __future__ import annotations

import hashlib
import json
import time
from contextlib import ExitStack, closing

import psycopg
import pytest

from genims.audit.format.chained_tables import chained_tables
from genims.audit.ledger.insert_lines import LINE_BYTES, Intake, insert_lines
from genims.core import connections
from genims.core.errors import LoadError
from genims.core.sources import SOURCES
from genims.hooks.mysql import GenimsMySqlHook
from tests.support.audit.outbox_rows import put_large
from tests.support.audit.stream_process import stream_process
from tests.support.audit.streaming import delivered, events_after, last_sequence, rows_after, state, streaming
from tests.support.audit.tampering import findings
from tests.support.faults.faults import query, until

MOST_MEMORY = 512 << 20
MB = 1_000_000
SECURITY = "event_type, severity, object_name, detail"


@pytest.fixture
def sources(platform, source_rows):
    """Sessions of the owner in every source, by short name, with nothing to deliver."""
    with streaming(*SOURCES):
        delivered(source_rows, list(SOURCES), 120)
    return {source: source_rows.connect(source) for source in SOURCES}


def claim(key: str) -> dict:
    return {"claim_id": key, "claim_number": key, "notes": "short"}


def worst_lag(session: psycopg.Connection, seconds: float, go_on=lambda: False) -> float:
    """The longest time, in seconds, from the change of a row of ``hr`` until it is in the audit tables.

    :param go_on: measure for as long as it returns something true, and ``seconds`` at least.
    """
    worst, ends = 0.0, time.monotonic() + seconds
    while time.monotonic() < ends or go_on():
        before, began = last_sequence("hr"), time.monotonic()
        session.execute("UPDATE employees SET middle_name = clock_timestamp()::text WHERE employee_id = 'LAG-1'")
        until(lambda before=before: last_sequence("hr") > before, 60)
        worst = max(worst, time.monotonic() - began)
        time.sleep(0.05)
    return worst


def waiting(session: psycopg.Connection) -> int:
    return session.execute("SELECT count(*) FROM genims_audit.event").fetchone()[0]


def test_one_statement_on_40_rows_of_1_mb_is_delivered_whole(sources, source_rows):
    service = sources["service"]
    service.execute("DELETE FROM warranty_claims WHERE claim_id LIKE 'LARGE-%'")
    source_rows.insert("service", "warranty_claims", [claim(f"LARGE-{n}") for n in range(40)])
    service.execute("UPDATE warranty_claims SET notes = repeat('x', 1000000) WHERE claim_id LIKE 'LARGE-%'")
    before = last_sequence("service")
    service.execute("UPDATE warranty_claims SET claim_status = 'x' WHERE claim_id LIKE 'LARGE-%'")
    with streaming("service"):
        delivered(source_rows, ["service"], 180)
    changes = [event["after_values"] for event in events_after("service", before) if event["operation"] == "UPDATE"]
    updates = [values for values in changes if values["claim_status"] == "x"]
    assert len(updates) == 40
    assert {len(values["notes"]) for values in updates} == {1_000_000}


LARGE = {
    "25 rows of 12 MB in one statement": [("erp", "I", 5, 5, 12 * MB)],
    "changes of rows of 12 MB": [("erp", "U", 4, 2, 12 * MB)],
    "events of 5 MB in all other sources at once": [
        (source, "U", 2, 1, 5 * MB // 2) for source in SOURCES if source != "hr"
    ],
    "a row of 200 MB": [("erp", "I", 1, 1, 200 * MB)],
}


@pytest.mark.parametrize("large", LARGE.values(), ids=LARGE)
def test_large_rows_take_little_memory_and_delay_no_other_source(sources, source_rows, large):
    hr = sources["hr"]
    hr.execute("DELETE FROM employees WHERE employee_id = 'LAG-1'")
    source_rows.insert("hr", "employees", [{"employee_id": "LAG-1"}])
    before = {source: last_sequence(source) for source, *_ in large}
    affected = [sources[source] for source in before]
    with stream_process(*SOURCES) as process:
        usual = worst_lag(hr, 8)
        for source, *rows in large:
            put_large(sources[source], *rows)
        worst = worst_lag(hr, 1, lambda: any(waiting(session) for session in affected))
        delivered(source_rows, list(before), 60)
        peak = process.peak_memory
    print(f"peak {peak / MB:,.0f} MB; lag {usual:.2f} s without, {worst:.2f} s with")
    assert peak <= MOST_MEMORY
    assert worst <= max(10 * usual, 3)
    for source, op, rows, together, _ in large:
        stored = [event for event in events_after(source, before[source]) if event["table_name"] == "large_rows"]
        expected = {"I": "INSERT", "U": "UPDATE"}[op]
        whole = [event for event in stored if event["operation"] == expected]
        assert len(stored) == rows * together
        assert len(whole) in (0, len(stored))


def test_what_does_not_fit_is_kept_as_an_excerpt_everywhere_and_named(sources, source_rows):
    service = sources["service"]
    service.execute("DELETE FROM warranty_claims WHERE claim_id = 'LARGE-X'")
    source_rows.insert("service", "warranty_claims", [claim("LARGE-X")])
    with streaming("service"):
        delivered(source_rows, ["service"], 60)
    before = last_sequence("service")
    long = "é'\"\\" * (5 * MB // 5)
    service.execute("UPDATE warranty_claims SET notes = %s, claim_status = 'x' WHERE claim_id = 'LARGE-X'", (long,))
    with streaming("service"):
        delivered(source_rows, ["service"], 60)
    [event] = events_after("service", before)
    data = long.encode()
    excerpt = f"*** excerpt of {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}: {long[:1000]}"
    assert event["after_values"]["notes"] == excerpt
    assert event["after_values"]["claim_status"] == "x"
    assert ("notes", "short", excerpt) in rows_after(
        "data_change_audit", "column_name, old_value, new_value", "service", before
    )
    [(new_values,)] = rows_after("customer_data_changes", "new_values", "service", before)
    assert json.loads(new_values)["notes"] == excerpt
    [(event_type, severity, name, detail)] = rows_after("security_events", SECURITY, "service", before)
    assert (event_type, severity, name) == ("value_shortened", "warning", "service.warranty_claims")
    assert f"notes ({len(data):,} bytes)" in detail and "LARGE-X" in detail
    assert findings("service") == []


@pytest.fixture
def packet(platform, request):
    """The MySQL server with a ``max_allowed_packet`` of the test's choice."""
    [(before,)] = query("SELECT @@GLOBAL.max_allowed_packet")
    query(f"SET GLOBAL max_allowed_packet = {request.param}")
    yield request.param
    query(f"SET GLOBAL max_allowed_packet = {before}")


@pytest.mark.parametrize("packet", [1 << 20, 4 << 20], indirect=True)
@pytest.mark.parametrize("local_infile", ["ON", "OFF"])
def test_any_packet_limit_holds_up_nothing(sources, source_rows, packet, local_infile):
    erp, before = sources["erp"], last_sequence("erp")
    query(f"SET GLOBAL local_infile = {local_infile}")
    try:
        put_large(erp, "U", 1, 30, 100_000, "'")
        put_large(erp, "I", 1, 3, 3 * MB)
        with streaming("erp") as stream:
            delivered(source_rows, ["erp"], 60)
            assert state(stream, "erp") == "streaming"
    finally:
        query("SET GLOBAL local_infile = ON")
    events = events_after("erp", before)
    assert [event["operation"] for event in events] == ["UPDATE"] * 30 + ["INSERT"] * 3
    assert all(event["after_values"]["body"].startswith("*** excerpt of 3000000 bytes") for event in events[30:])
    assert findings("erp") == []


@pytest.mark.parametrize("packet", [1 << 20], indirect=True)
def test_a_statement_that_is_too_long_is_no_lost_server(packet, monkeypatch):
    monkeypatch.setattr(Intake, "statement_bytes", 64 << 20)
    table = chained_tables()["user_activity_log"]
    with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as session, ExitStack() as stack:
        intake = Intake.of(session)
        assert (intake.packet_bytes, intake.line_bytes) == (packet, packet // 4)
        stack.enter_context(pytest.raises(LoadError, match=r"max_allowed_packet \(1,048,576 bytes\), found"))
        insert_lines(session, table, [b"x" * 3_000_000 + b"\t" + b"0" * 64], Intake(False, packet))


def test_a_line_is_bounded_also_where_packets_are_large():
    assert Intake(True, 1 << 30).line_bytes == LINE_BYTES
