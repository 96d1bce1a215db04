"""Changed settings of the platform itself: a row of ``configuration_changes`` for each, without any secret."""

from __future__ import annotations

import json
import logging
from typing import Any

from pydantic import SecretStr
from pydantic_settings import BaseSettings

from genims.audit.drift.diff import differences
from genims.audit.format.event import UNKNOWN_USER
from genims.audit.ledger.pipeline import pipeline_event, pipeline_ledger
from genims.core.paths import sql
from genims.core.settings import business_rules, settings, source_override
from genims.core.sources import SOURCES

log = logging.getLogger(__name__)

CONFIGURATION_CHANGES = "configuration_changes"
# Stands in ``table_name`` of its rows, because settings are in no table.
SETTINGS = "settings"
# Recorded in place of a secret.
HIDDEN = "***"


def record_settings(found_by: str) -> None:
    """Record every setting of this process that differs from the one recorded last.

    :param found_by: name of the comparing task, recorded as the user of the event.
    :raises SourceBusy: another task has kept the ledger of the pipeline for too long.
    """
    present = present_settings()
    with pipeline_ledger() as ledger, ledger.connection.cursor() as cursor:
        cursor.execute(sql("audit/drift/recorded_settings"))
        recorded = dict(cursor.fetchall())
        rows = [_row(*difference) for difference in differences(recorded, present)]
        if rows:
            ledger.append([pipeline_event(CONFIGURATION_CHANGES, row, found_by) for row in rows], seal=True)
    log.info("%s of %s settings differ from those recorded last.", len(rows), len(present))


def present_settings() -> dict[str, str]:
    """The settings of this process by their variables' names, each as JSON ``{"value": ...}``.

    A secret that is set reads HIDDEN. An override for one source database is left out where it is not set.
    """
    found = _values(settings(), "") | _values(business_rules(), "GENIMS_")
    for database in SOURCES:
        overrides = _values(source_override(database), f"POSTGRES_{database.upper()}_")
        found |= {name: value for name, value in overrides.items() if value is not None}
    return {name: json.dumps({"value": value}) for name, value in found.items()}


def _values(group: BaseSettings, prefix: str) -> dict[str, Any]:
    values = group.model_dump(mode="json")
    for name, value in group:
        if isinstance(value, SecretStr):
            values[name] = HIDDEN if value.get_secret_value() else None
    return {f"{prefix}{name}".upper(): value for name, value in values.items()}


def _row(operation: str, name: str, old: str | None, new: str | None) -> dict[str, Any]:
    return {
        "operation": operation,
        "table_name": SETTINGS,
        "row_key": name,
        "changed_columns": "value" if operation == "UPDATE" else None,
        "old_values": old,
        "new_values": new,
        "changed_by": UNKNOWN_USER,
        "reason": "Found by comparison",
    }
