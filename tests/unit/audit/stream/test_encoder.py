"""Captured events are encoded: images, keys and the rows of every table that the routing names."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genims.audit.capture.routing import CapturedTable
from genims.audit.format import canonical
from genims.audit.format.chained_tables import EVENTS, chained_tables
from genims.audit.format.encoded_event import EncodedEvent, encode, system_columns
from genims.audit.format.event import OPERATIONS, AuditEvent
from genims.audit.stream.encoder import WRITTEN, EventEncoder, check_columns
from genims.audit.stream.incidents import problem_seen, quarantined
from genims.audit.stream.outbox import SourceEvent, TableVersion
from genims.audit.stream.table_encoder import PoisonEvent
from tests.support.audit.writing import row_of
from tests.unit.audit.stream.test_pg_record import record_out

AT = datetime(2026, 11, 24, 22, 3, 21, 287963)
COLUMNS = ("material_id", "material_name", "standard_cost", "moving_average_cost")
BEFORE, AFTER = '(M-1,"5 mm, ""A""",10.50,)', '(M-1,"",10.5000,3)'


def encoder(source: str = "erp", table: str = "materials", columns=COLUMNS, key=("material_id",)) -> EventEncoder:
    return EventEncoder(source, lambda version_id: TableVersion(table, columns, key))


def event(
    op: str, before: str | None = None, after: str | None = None, table: str = "materials", **given
) -> SourceEvent:
    values = dict(seq=7, xid=900, at=AT, version_id=1, table_name=table, op=op, row_count=1, before=before, after=after)
    who = dict(session_user_name="owner", app_user="U-1", application_name="app", client_address=None)
    return SourceEvent(**{**values, **who, "request_id": None, "reason": "why", **given})


def written(encoded: EncodedEvent) -> SimpleNamespace:
    """An event's values in system_audit_log, and its further rows as values of their own columns."""
    columns = chained_tables()[EVENTS].own_columns
    rows = [
        (table, *values_of(fields)[chained_tables()[table].many :])
        for table, fields in zip(encoded.tables, encoded.fields, strict=True)
    ]
    return SimpleNamespace(**dict(zip(columns, values_of(encoded.system), strict=False)), rows=rows)


def values_of(fields: str) -> list[str | None]:
    escapes = {"t": "\t", "n": "\n", "0": "\0", "\\": "\\"}
    return [
        None if field == r"\N" else re.sub(r"\\(.)", lambda found: escapes[found[1]], field)
        for field in fields.split("\t")
    ]


def rows_of(audited: SimpleNamespace, table: str) -> list[tuple]:
    return [row[1:] for row in audited.rows if row[0] == table]


def test_an_update_names_its_columns_and_its_prices():
    audited = written(encoder().encode(event("U", BEFORE, AFTER)))
    assert (audited.operation, audited.row_key, audited.source_sequence, audited.transaction_id) == (
        "UPDATE", "M-1", "7", "900",
    )  # fmt: skip
    assert list(json.loads(audited.before_values).items())[:2] == [
        ("material_id", "M-1"),
        ("material_name", '5 mm, "A"'),
    ]
    assert json.loads(audited.after_values)["material_name"] == ""
    subject = ("UPDATE", "materials", "M-1")
    assert rows_of(audited, "data_change_audit") == [
        (*subject, "material_name", '5 mm, "A"', "", "0"),
        (*subject, "standard_cost", "10.50", "10.5000", "0"),
        (*subject, "moving_average_cost", None, "3", "0"),
    ]
    [(*changed, columns, old, new, user, why)] = rows_of(audited, "master_data_changes")
    assert (tuple(changed), user, why) == (subject, "U-1", "why")
    assert columns == "material_name,standard_cost,moving_average_cost"
    assert json.loads(old) == {"material_name": '5 mm, "A"', "standard_cost": "10.50", "moving_average_cost": None}
    assert json.loads(new)["moving_average_cost"] == "3"
    # The standard cost is the same price, written with more digits.
    assert rows_of(audited, "price_cost_changes") == [
        (*subject, "moving_average_cost", None, "3.0000000000", "U-1", "why")
    ]


@pytest.mark.parametrize(("op", "operation"), [("I", "INSERT"), ("D", "DELETE")])
def test_a_whole_row(op, operation):
    image = {"I": {"after": BEFORE}, "D": {"before": BEFORE}}[op]
    audited = written(encoder().encode(event(op, **image)))
    assert (audited.operation, audited.row_key) == (operation, "M-1")
    assert rows_of(audited, "data_change_audit") == []
    [row] = rows_of(audited, "master_data_changes")
    assert row == (operation, "materials", "M-1", None, audited.before_values, audited.after_values, "U-1", "why")
    [price] = rows_of(audited, "price_cost_changes")
    assert price[3:6] == (
        ("standard_cost", None, "10.5000000000") if op == "I" else ("standard_cost", "10.5000000000", None)
    )


def test_a_change_of_rights():
    columns = ("user_id", "user_status", "password_hash")
    portal = encoder("service", "portal_users", columns, ("user_id",))
    locked = event("U", "(P-1,active,***)", '(P-1,locked,"*** changed")', "portal_users", app_user=None)
    audited = written(portal.encode(locked))
    [(*subject, grantee, detail, changed_by, _)] = rows_of(audited, "permission_changes")
    assert (*subject, grantee, changed_by) == ("UPDATE", "portal_users", "P-1", None, "owner")
    assert json.loads(detail) == {"user_status": {"old": "active", "new": "locked"}}
    masked = {row[3]: row[-1] for row in rows_of(audited, "data_change_audit")}
    assert masked == {"user_status": "0", "password_hash": "1"}


def test_statements():
    truncated = written(encoder().encode(event("T", row_count=12)))
    assert rows_of(truncated, "master_data_changes") == [("TRUNCATE", "materials", *[None] * 4, "U-1", "why")]
    assert rows_of(truncated, "bulk_operation_audit") == [("TRUNCATE", "materials", "12", "U-1", "why")]
    bulk = written(encoder().encode(event("B", after='{"operation": "DELETE"}', row_count=5000)))
    assert rows_of(bulk, "bulk_operation_audit") == [("DELETE", "materials", "5000", "U-1", "why")]
    command = {"command_tag": "GRANT", "object_type": "TABLE", "object_identity": None, "query": "GRANT ..."}
    granted = written(encoder().encode(event("P", after=json.dumps(command), version_id=None, table="TABLE")))
    assert rows_of(granted, "permission_changes") == [("GRANT", "TABLE", "TABLE", None, "GRANT ...", "U-1", "why")]
    command |= {"command_tag": "ALTER TABLE", "object_identity": "public.materials", "query": None}
    altered = written(encoder().encode(event("S", after=json.dumps(command), version_id=None)))
    assert rows_of(altered, "database_changes") == [("ALTER TABLE", "TABLE", "public.materials", None, "U-1", "why")]
    tampered = written(encoder().encode(event("X", after='{"event": "trigger disabled"}', version_id=None)))
    [seen] = rows_of(tampered, "security_events")
    assert seen[:4] == ("trigger disabled", "critical", "materials", "U-1")


def with_another_column(monkeypatch, name: str) -> None:
    """Let a table have a column more, as a later release may: a nullable one before row_hash."""
    table = chained_tables()[name]
    more = replace(table, own_columns=(*table.own_columns, "ticket"), fields=(*table.fields, canonical.text))
    monkeypatch.setitem(chained_tables(), name, more)


def test_a_column_that_security_events_gets_is_null_until_somebody_fills_it(monkeypatch):
    tampered = event("X", after='{"event": "trigger disabled"}', version_id=None)
    encodings = [
        lambda: encoder().encode(tampered),
        lambda: encode(quarantined("erp", event("I"), ValueError("why"))),
        lambda: encode(problem_seen("erp", "a trigger is disabled", AT)),
    ]
    before = [encoding() for encoding in encodings]
    with_another_column(monkeypatch, "security_events")
    for encoding, old in zip(encodings, before, strict=True):
        assert encoding() == old._replace(fields=[f"{old.fields[0]}\t{canonical.NULL}"])


@pytest.mark.parametrize("table", WRITTEN)
def test_a_table_with_other_columns_than_those_that_are_written_is_named(monkeypatch, table):
    check_columns()
    with_another_column(monkeypatch, table)
    system_columns.cache_clear()
    with pytest.raises(ValueError, match=f"{table}: expected .*ticket"):
        check_columns()


def test_a_key_of_two_columns_and_none():
    two = written(encoder(key=("material_id", "material_name")).encode(event("D", BEFORE)))
    assert json.loads(two.row_key) == ["M-1", '5 mm, "A"']
    none = written(encoder(key=()).encode(event("D", BEFORE)))
    assert json.loads(none.row_key) == ["M-1", '5 mm, "A"', "10.50", None]


@pytest.mark.parametrize("image", ["(M-1,too,few)", "(M-1,a,b,c,many)", "", "("])
def test_an_image_that_is_not_the_tables_is_poison(image):
    with pytest.raises(PoisonEvent, match="expected the values of 4 columns"):
        encoder().encode(event("I", after=image))


TEXTS = st.none() | st.text(alphabet=st.sampled_from("N\\\t\n'\"a ,()é😀")) | st.just(r"\N")


@given(st.sampled_from("UID"), st.lists(TEXTS, min_size=4, max_size=4), TEXTS)
def test_rows_are_written_as_the_tables_write_their_values(op, row, user):
    """Canonical text that is put together directly is that of the columns' own functions."""
    columns = ("id", "a\tb", 'q"', "plain")
    key, changed = row[0], [*row[:3], "other"]
    before, after = {"U": (row, changed), "I": (None, row), "D": (row, None)}[op]
    images = [json_of(columns, image) for image in (before, after)]
    changed_by = (user or "owner", "why")
    rows = [row_of("financial_data_changes", OPERATIONS[op], "budgets\n", key, None, *images, *changed_by)]
    if op == "U":
        differing = [n for n in range(4) if before[n] != after[n]]
        parts = [json_of([columns[n] for n in differing], [image[n] for n in differing]) for image in (before, after)]
        names = ",".join(columns[n] for n in differing)
        rows = [
            row_of("data_change_audit", "UPDATE", "budgets\n", key, columns[n], before[n], after[n], 0)
            for n in differing
        ]
        rows.append(row_of("financial_data_changes", "UPDATE", "budgets\n", key, names, *parts, *changed_by))
    expected = AuditEvent(
        AT, OPERATIONS[op], "budgets\n", "owner", 7, key, 900, user, "app", None, None, "why", 1, *images, rows
    )
    captured = event(
        op, before and record_out(before), after and record_out(after), "budgets\n", app_user=user, request_id=None
    )
    found = encoder("financial", "budget_headers", columns, ("id",))
    found.listed = {"budget_headers": CapturedTable(domains=("financial_data_changes",))}
    assert found.encode(captured) == encode(expected)


def json_of(columns, row) -> str | None:
    return row and json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False, separators=(",", ":"))
