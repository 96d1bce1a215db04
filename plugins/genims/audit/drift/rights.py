"""Rights as permission_changes has them: for each role and object the list of rights before and after."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, NamedTuple

from genims.audit.drift.diff import differences
from genims.audit.ledger.pipeline import PIPELINE

TABLE = "permission_changes"

RECORDED = """
SELECT object_type, object_name, grantee, detail
FROM permission_changes
WHERE source_database = %s AND object_type IN %s
ORDER BY audit_sequence
"""


class Right(NamedTuple):
    """What a list of rights is about: one role, or account, and one object.

    :param catalog: the catalog of the server that has it.
    :param place: short name of the source database, the ``system_identifier`` of its server, or ``mysql``.
    :param name: the object there.
    """

    catalog: str
    place: str
    name: str
    grantee: str


def recorded_rights(cursor, catalogs: Collection[str]) -> dict[Right, list | None]:
    """The rights of each as recorded last; None where they were all gone."""
    cursor.execute(RECORDED, (PIPELINE, catalogs))
    return {
        Right(catalog, *name.split("/", 1), grantee): json.loads(detail)["new"]
        for catalog, name, grantee, detail in cursor.fetchall()
    }


def changed_rights(
    recorded: dict[Right, list | None], present: dict[Right, list], changed_by: str, reason: str
) -> list[dict[str, Any]]:
    """A row for every right that is not what was recorded last.

    :param reason: how it was found; of a place that nothing is recorded of, that it is the first look.
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
