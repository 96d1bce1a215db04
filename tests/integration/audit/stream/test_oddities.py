"""What is odd and legal is stored as what it is, and what MySQL refuses delays no other source."""

from __future__ import annotations

import hashlib
import json
import time

import psycopg
import pytest

from genims.core.sources import SOURCES
from tests.support.audit.capture_database import ITEM, STANDS_FOR, capture_database, role
from tests.support.audit.outbox_rows import put, version
from tests.support.audit.streaming import delivered, events_after, last_sequence, rows_after, streaming
from tests.support.audit.tampering import findings
from tests.support.faults.faults import until
from tests.unit.audit.stream.test_pg_record import record_out

PRICES = ("operation", "column_name", "old_price", "new_price", "reason")


@pytest.fixture
def erp(platform, source_rows, source_server):
    """A session of the owner in ``erp``, with nothing to deliver."""
    with streaming("erp"):
        delivered(source_rows, ["erp"], 60)
    with psycopg.connect(source_server, dbname=SOURCES["erp"], autocommit=True) as session:
        yield session


def streamed(source_rows, session: psycopg.Connection) -> list[dict]:
    """Deliver what is in the outbox of ``erp``; returns the events, none of which is quarantined."""
    before = last_sequence("erp")
    with streaming("erp") as stream:
        delivered(source_rows, ["erp"], 60)
        assert stream.views["erp"].quarantined == 0
    assert findings("erp") == []
    return events_after("erp", before)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_long_key_keeps_its_beginning_and_its_digest(erp, source_rows):
    keys = ["k" * 600 + end for end in "ab"]
    one = version(erp, "long_keys")
    put(erp, one, "I", after=[record_out([key, "x"]) for key in keys], table="long_keys")
    two = version(erp, "long_keys", key=("id", "body"))
    put(erp, two, "D", before=[record_out([key, "x"]) for key in keys], table="long_keys")
    without = version(erp, "no_key", key=())
    put(erp, without, "U", [record_out(["k", "x" * 700])], [record_out(["k", "y" * 700])], table="no_key")
    found = [event["row_key"] for event in streamed(source_rows, erp)]
    both = [json.dumps([key, "x"], separators=(",", ":")) for key in keys]
    whole = json.dumps(["k", "x" * 700], separators=(",", ":"))
    assert found == [f"{key[:437]}... sha256 {digest(key)}" for key in [*keys, *both, whole]]
    assert {len(key) for key in found} == {512}


def test_a_price_that_is_no_number_is_told(erp, source_rows):
    before = last_sequence("erp")
    materials = version(erp, "materials", ("material_id", "standard_cost"), ("material_id",))
    put(erp, materials, "U", ["(ODD-1,10.5)"], ["(ODD-1,NaN)"], table="materials")
    put(erp, materials, "U", ["(ODD-2,NaN)"], ["(ODD-2,-Infinity)"], table="materials")
    put(erp, materials, "I", after=["(ODD-3,NaN)"], table="materials")
    put(erp, materials, "U", ["(ODD-4,1.00000000001)"], ["(ODD-4,123456789012345678901)"], table="materials")
    put(erp, materials, "U", ["(ODD-5,$1.00)"], ["(ODD-5,2)"], table="materials")
    assert len(streamed(source_rows, erp)) == 5
    prices = rows_after("price_cost_changes", f"row_key, {', '.join(PRICES)}", "erp", before)
    assert [(row[0], *map(_float, row[3:5])) for row in prices] == [("ODD-1", 10.5, None), ("ODD-5", None, 2.0)]
    assert prices[0][5] == "(standard_cost: 'NaN' does not fit into DECIMAL(30,10))"
    told = rows_after("security_events", "event_type, severity, object_name, detail", "erp", before)
    assert [row[:3] for row in told] == [("price_not_held", "warning", "erp.materials")] * 5
    assert "'NaN' and '-Infinity'" in told[1][3] and "ODD-2" in told[1][3]
    values = rows_after("data_change_audit", "old_value, new_value", "erp", before)
    assert values[:2] == [("10.5", "NaN"), ("NaN", "-Infinity")]


def _float(value) -> float | None:
    return None if value is None else float(value)


def test_an_update_of_1500_columns(erp, source_rows):
    before = last_sequence("erp")
    columns = ["id", *(f"{'c' * 55}{number:04d}" for number in range(1_500))]
    wide = version(erp, "materials", columns)
    old, new = ([key, *[value] * 1_500] for key, value in (("W-1", "old"), ("W-1", "new")))
    put(erp, wide, "U", [record_out(old)], [record_out(new)], table="materials")
    [event] = streamed(source_rows, erp)
    assert event["routed_to"] == "data_change_audit:1500,master_data_changes:1"
    assert len(rows_after("data_change_audit", "part", "erp", before)) == 1_500
    [(names,)] = rows_after("master_data_changes", "changed_columns", "erp", before)
    assert len(names) == 65_535 and names.endswith(f"... sha256 {digest(','.join(columns[1:]))}")


def test_names_and_what_a_session_set_in_an_old_outbox(erp, source_rows):
    before = last_sequence("erp")
    identity = "public." + "f(" + ", ".join(["timestamp without time zone"] * 40) + ")"
    command = {"command_tag": "CREATE FUNCTION", "object_type": "function", "object_identity": identity, "query": "q"}
    long = ["é" * 70_000] * 5
    erp.execute(
        "INSERT INTO genims_audit.event (table_name, op, row_count, after, app_user, application_name, client_address, "
        "request_id, reason) VALUES (%s, 'S', 0, %s, %s, %s, %s, %s, %s)",
        (identity[:200], [json.dumps(command)], *long),
    )
    one = version(erp, "odd_rows")
    put(erp, one, "I", after=["(1,x)"])
    erp.execute(
        "UPDATE genims_audit.event SET app_user = %s, application_name = %s, client_address = %s, request_id = %s, "
        "reason = %s WHERE op = 'I'",
        long,
    )
    schema, insert = streamed(source_rows, erp)
    assert len(schema["table_name"]) == 128
    [(name, changed_by)] = rows_after("database_changes", "object_name, changed_by", "erp", before)
    assert name == f"{identity[:437]}... sha256 {digest(identity)}"
    assert changed_by == insert["app_user"] == f"{'é' * 180}... sha256 {digest(long[0])}"
    assert insert["reason"] == f"{'é' * 32_730}... sha256 {digest(long[0])}"


def test_odd_values_and_moments(erp, source_rows):
    values = [
        "\x01\x1f\x7f",
        r'{"a": "\u0000"}',
        "0044-03-15 BC",
        "infinity",
        "\u2028\ufeff\uffff",
        "\ud7ff😀",
        "\\N",
        "a\r\nb",
    ]
    one = version(erp, "odd_rows")
    put(erp, one, "I", after=[record_out([str(number), value]) for number, value in enumerate(values)])
    erp.execute("UPDATE genims_audit.event SET at = 'infinity'")
    put(erp, one, "I", after=["(early,x)"])
    erp.execute("UPDATE genims_audit.event SET at = '0044-03-15 BC' WHERE at <> 'infinity'")
    put(erp, one, "I", after=["(last,x)"])
    events = streamed(source_rows, erp)
    assert [event["after_values"]["body"] for event in events] == [*values, "x", "x"]


def test_what_mysql_refuses_delays_no_other_source(erp, source_rows):
    """Rows without a key value: the audit tables demand one, and the encoder cannot know."""
    refused, batches = 3_000, 30
    one, before = version(erp, "odd_rows"), last_sequence("erp")
    hr = source_rows.connect("hr")
    hr.execute("DELETE FROM employees WHERE employee_id = 'LAG-2'")
    source_rows.insert("hr", "employees", [{"employee_id": "LAG-2"}])
    with streaming("erp", "hr") as stream:
        delivered(source_rows, ["erp", "hr"], 60)
        began = time.monotonic()
        for number in range(batches):
            images = [f"(,{n})" for n in range(refused // batches)]
            images[50] = f"(good-{number},x)"
            put(erp, one, "I", after=images)
        lags = []
        while last_sequence("erp") < before + refused:
            seen, changed = last_sequence("hr"), time.monotonic()
            hr.execute("UPDATE employees SET middle_name = clock_timestamp()::text WHERE employee_id = 'LAG-2'")
            until(lambda seen=seen: last_sequence("hr") > seen, 60)
            lags.append(time.monotonic() - changed)
        seconds = time.monotonic() - began
        until(lambda: stream.views["erp"].quarantined == refused - batches)
    print(f"{refused / seconds:,.0f} events/s; worst lag of the other source {max(lags):.2f} s")
    assert max(lags) < 1
    assert refused / seconds > 500  # more than twice as many on a machine of its own
    events = events_after("erp", before)
    assert [event["row_key"] for event in events if event["operation"] == "INSERT"] == [
        f"good-{number}" for number in range(batches)
    ]
    assert {event["operation"] for event in events} == {"INSERT", "QUARANTINE"}
    assert findings("erp") == []


def test_text_that_is_no_utf8_holds_up_nothing(platform, stack, source_server, monkeypatch):
    """A database in SQL_ASCII may hold any bytes, and the server refuses to convert them."""
    monkeypatch.setenv("PGCLIENTENCODING", "UTF8")
    owner = stack.env["STACK_POSTGRES_OWNER"], stack.env["STACK_POSTGRES_OWNER_PASSWORD"]
    before = last_sequence(STANDS_FOR)
    ascii_only = "ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0"
    with (
        role(source_server, "capture_stranger"),
        capture_database(source_server, "genims_ascii_test", *owner, ascii_only) as database,
        streaming(STANDS_FOR),
    ):
        database.create(ITEM, "item")
        database.owner.execute("INSERT INTO item VALUES (1, E'caf\\xff', 1), (2, 'caf\u00e9', 1)")
        database.owner.execute("UPDATE item SET name = repeat(E'\\xff', 5000000) WHERE id = 2")
        until(lambda: len([each for each in events_after(STANDS_FOR, before) if each["row_key"]]) == 3)
        rows = [each["after_values"]["name"] for each in events_after(STANDS_FOR, before) if each["row_key"]]
        assert rows == ["caf\\xff", "caf\u00e9", "*** left out: 5000000 bytes"]
