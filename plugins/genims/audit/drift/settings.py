"""The platform's own settings, as configuration_changes has them: a row for each that has changed, no secret in it."""

from __future__ import annotations

import json
import logging
from typing import Any

from pydantic import SecretStr
from pydantic_settings import BaseSettings

from genims.audit.drift.diff import differences
from genims.audit.format.event import UNKNOWN_USER
from genims.audit.ledger.pipeline import PIPELINE, pipeline_event, pipeline_ledger
from genims.core.settings import business_rules, settings, source_override
from genims.core.sources import SOURCES

log = logging.getLogger(__name__)

TABLE = "configuration_changes"
NAMED = "settings"
SET = "***"

RECORDED = """
SELECT row_key, new_values
FROM configuration_changes
WHERE source_database = %s AND table_name = %s
ORDER BY audit_sequence
"""


def record_settings(found_by: str) -> None:
    """Record the settings of this process that are not those recorded last.

    :param found_by: the task that looks.
    """
    present = configured()
    with pipeline_ledger() as ledger, ledger.connection.cursor() as cursor:
        cursor.execute(RECORDED, (PIPELINE, NAMED))
        recorded = dict(cursor.fetchall())
        rows = [_row(*difference) for difference in differences(recorded, present)]
        if rows:
            ledger.append([pipeline_event(TABLE, row, found_by) for row in rows], seal=True)
    log.info("%s of %s settings differ from those recorded last.", len(rows), len(present))


def configured() -> dict[str, str]:
    """The settings of this process as JSON by the name of their variable; of a secret, only whether it is set."""
    found = _values(settings(), "") | _values(business_rules(), "GENIMS_")
    for database in SOURCES:
        own = _values(source_override(database), f"POSTGRES_{database.upper()}_")
        found |= {name: value for name, value in own.items() if value is not None}
    return {name: json.dumps({"value": value}) for name, value in found.items()}


def _values(group: BaseSettings, prefix: str) -> dict[str, Any]:
    values = group.model_dump(mode="json")
    for name, value in group:
        if isinstance(value, SecretStr):
            values[name] = SET if value.get_secret_value() else None
    return {f"{prefix}{name}".upper(): value for name, value in values.items()}


def _row(operation: str, name: str, old: str | None, new: str | None) -> dict[str, Any]:
    return {
        "operation": operation,
        "table_name": NAMED,
        "row_key": name,
        "changed_columns": "value" if operation == "UPDATE" else None,
        "old_values": old,
        "new_values": new,
        "changed_by": UNKNOWN_USER,
        "reason": "Found by comparison",
    }
