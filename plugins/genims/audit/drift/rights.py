"""Rights as ``permission_changes`` holds them: for each role and object the list of rights before and after."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, NamedTuple

from MySQLdb.cursors import Cursor

from genims.audit.drift.diff import differences
from genims.core.paths import sql

PERMISSION_CHANGES = "permission_changes"


class Right(NamedTuple):
    """What a list of rights is about: one grantee and one object.

    :param catalog: the server's catalog that lists it, such as ``pg_class``.
    :param place: short name of the source database, the ``system_identifier`` of its server, or ``mysql``.
    :param name: the object there.
    :param grantee: the role or account that has the rights.
    """

    catalog: str
    place: str
    name: str
    grantee: str


def recorded_rights(cursor: Cursor, catalogs: Collection[str]) -> dict[Right, list | None]:
    """The lists of rights recorded last; None where all rights were gone.

    :param cursor: a cursor in the audit database.
    :param catalogs: the catalogs to look at.
    """
    cursor.execute(sql("audit/drift/recorded_rights"), {"catalogs": catalogs})
    return {
        Right(catalog, *name.split("/", 1), grantee): json.loads(detail)["new"]
        for catalog, name, grantee, detail in cursor.fetchall()
    }


def changed_rights(
    recorded: dict[Right, list | None], present: dict[Right, list], changed_by: str, reason: str
) -> list[dict[str, Any]]:
    """A row of ``permission_changes`` for every list of rights that differs from the one recorded last.

    :param recorded: as returned by ``recorded_rights``.
    :param present: the lists of rights as found now.
    :param changed_by: who changed them, or ``unknown``.
    :param reason: how the change was found; the rows of a place with nothing on record add that it is the first look.
    :returns: values by column.
    """
    known = {right.place for right in recorded}
    return [
        {
            "command": operation,
            "object_type": right.catalog,
            "object_name": f"{right.place}/{right.name}",
            "grantee": right.grantee,
            "detail": json.dumps({"old": old, "new": new}),
            "changed_by": changed_by,
            "reason": reason if right.place in known else f"{reason}; the first look at {right.place}",
        }
        for operation, right, old, new in differences(recorded, present)
    ]
