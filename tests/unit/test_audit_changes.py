"""Captured events become audit events: images, keys and the rows of every table that the routing names."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from genims.audit.changes import Changes, PoisonEvent
from genims.audit.reader import SourceEvent, TableVersion

AT = datetime(2026, 11, 24, 22, 3, 21, 287963)
COLUMNS = ("material_id", "material_name", "standard_cost", "moving_average_cost")
BEFORE, AFTER = '(M-1,"5 mm, ""A""",10.50,)', '(M-1,"",10.5000,3)'


def changes(source: str = "erp", table: str = "materials", columns=COLUMNS, key=("material_id",)) -> Changes:
    return Changes(source, lambda version_id: TableVersion(table, columns, key))


def event(
    op: str, before: str | None = None, after: str | None = None, table: str = "materials", **given
) -> SourceEvent:
    values = dict(seq=7, xid=900, at=AT, version_id=1, table_name=table, op=op, row_count=1, before=before, after=after)
    who = dict(session_user_name="owner", app_user="U-1", application_name="app", client_address=None)
    return SourceEvent(**{**values, **who, "request_id": None, "reason": "why", **given})


def rows_of(audited, table: str) -> list[tuple]:
    return [row[1:] for row in audited.rows if row[0] == table]


def test_an_update_names_its_columns_and_its_prices():
    audited = changes().audit_event(event("U", BEFORE, AFTER))
    assert (audited.operation, audited.row_key, audited.source_sequence, audited.transaction_id) == (
        "UPDATE", "M-1", 7, 900,
    )  # fmt: skip
    assert list(json.loads(audited.before).items())[:2] == [("material_id", "M-1"), ("material_name", '5 mm, "A"')]
    assert json.loads(audited.after)["material_name"] == ""
    subject = ("UPDATE", "materials", "M-1")
    assert rows_of(audited, "data_change_audit") == [
        (*subject, "material_name", '5 mm, "A"', "", False),
        (*subject, "standard_cost", "10.50", "10.5000", False),
        (*subject, "moving_average_cost", None, "3", False),
    ]
    [(*changed, columns, old, new, user, why)] = rows_of(audited, "master_data_changes")
    assert (tuple(changed), user, why) == (subject, "U-1", "why")
    assert columns == "material_name,standard_cost,moving_average_cost"
    assert json.loads(old) == {"material_name": '5 mm, "A"', "standard_cost": "10.50", "moving_average_cost": None}
    assert json.loads(new)["moving_average_cost"] == "3"
    # The standard cost is the same price, written with more digits.
    assert rows_of(audited, "price_cost_changes") == [(*subject, "moving_average_cost", None, "3", "U-1", "why")]


@pytest.mark.parametrize(("op", "operation"), [("I", "INSERT"), ("D", "DELETE")])
def test_a_whole_row(op, operation):
    image = {"I": {"after": BEFORE}, "D": {"before": BEFORE}}[op]
    audited = changes().audit_event(event(op, **image))
    assert (audited.operation, audited.row_key) == (operation, "M-1")
    assert rows_of(audited, "data_change_audit") == []
    [row] = rows_of(audited, "master_data_changes")
    assert row == (operation, "materials", "M-1", None, audited.before, audited.after, "U-1", "why")
    [price] = rows_of(audited, "price_cost_changes")
    assert price[3:6] == (("standard_cost", None, "10.50") if op == "I" else ("standard_cost", "10.50", None))


def test_a_change_of_rights():
    columns = ("user_id", "user_status", "password_hash")
    portal = changes("service", "portal_users", columns, ("user_id",))
    locked = event("U", "(P-1,active,***)", '(P-1,locked,"*** changed")', "portal_users", app_user=None)
    audited = portal.audit_event(locked)
    [(*subject, grantee, detail, changed_by, _)] = rows_of(audited, "permission_changes")
    assert (*subject, grantee, changed_by) == ("UPDATE", "portal_users", "P-1", None, "owner")
    assert json.loads(detail) == {"user_status": {"old": "active", "new": "locked"}}
    masked = {row[3]: row[-1] for row in rows_of(audited, "data_change_audit")}
    assert masked == {"user_status": False, "password_hash": True}


def test_statements():
    truncated = changes().audit_event(event("T", row_count=12))
    assert rows_of(truncated, "master_data_changes") == [("TRUNCATE", "materials", *[None] * 4, "U-1", "why")]
    assert rows_of(truncated, "bulk_operation_audit") == [("TRUNCATE", "materials", 12, "U-1", "why")]
    bulk = changes().audit_event(event("B", after='{"operation": "DELETE"}', row_count=5000))
    assert rows_of(bulk, "bulk_operation_audit") == [("DELETE", "materials", 5000, "U-1", "why")]
    command = {"command_tag": "GRANT", "object_type": "TABLE", "object_identity": None, "query": "GRANT ..."}
    granted = changes().audit_event(event("P", after=json.dumps(command), version_id=None, table="TABLE"))
    assert rows_of(granted, "permission_changes") == [("GRANT", "TABLE", "TABLE", None, "GRANT ...", "U-1", "why")]
    command |= {"command_tag": "ALTER TABLE", "object_identity": "public.materials", "query": None}
    altered = changes().audit_event(event("S", after=json.dumps(command), version_id=None))
    assert rows_of(altered, "database_changes") == [("ALTER TABLE", "TABLE", "public.materials", None, "U-1", "why")]
    tampered = changes().audit_event(event("X", after='{"event": "trigger disabled"}', version_id=None))
    [seen] = rows_of(tampered, "security_events")
    assert seen[:4] == ("trigger disabled", "critical", "materials", "U-1")


def test_a_key_of_two_columns_and_none():
    two = changes(key=("material_id", "material_name")).audit_event(event("D", BEFORE))
    assert json.loads(two.row_key) == ["M-1", '5 mm, "A"']
    none = changes(key=()).audit_event(event("D", BEFORE))
    assert json.loads(none.row_key) == ["M-1", '5 mm, "A"', "10.50", None]


@pytest.mark.parametrize("image", ["(M-1,too,few)", "(M-1,a,b,c,many)", "", "("])
def test_an_image_that_is_not_the_tables_is_poison(image):
    with pytest.raises(PoisonEvent, match="expected the values of 4 columns"):
        changes().audit_event(event("I", after=image))
