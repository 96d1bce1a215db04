"""What is captured, what is masked, and which audit tables an event goes to: ``schema/audit_capture.yaml``, read."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from genims.core.paths import SCHEMA
from genims.core.sources import SOURCES

LIST = SCHEMA / "audit_capture.yaml"

Domain = Literal[
    "bulk_operation_audit",
    "configuration_changes",
    "customer_data_changes",
    "database_changes",
    "financial_data_changes",
    "master_data_changes",
    "permission_changes",
    "personnel_data_changes",
    "security_events",
    "supplier_data_changes",
]
Database = Literal[tuple(SOURCES)]
Operation = Literal["insert", "update", "delete", "truncate"]


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CapturedTable(Strict):
    """A captured table.

    :param domains: audit tables that get a row for each of its row events and truncations.
    :param prices: columns whose change also goes to ``price_cost_changes``.
    :param permissions: columns whose change also goes to ``permission_changes``.
    :param mask: columns whose values never leave the source.
    :param only: the operations that are captured.
    """

    domains: tuple[Domain, ...]
    prices: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    mask: frozenset[str] = frozenset()
    only: frozenset[Operation] = frozenset({"insert", "update", "delete", "truncate"})


class Operations(Strict):
    """Audit tables of the events that belong to no captured table's rows."""

    schema_change: tuple[Domain, ...]
    permission_change: tuple[Domain, ...]
    bulk: tuple[Domain, ...]
    security: tuple[Domain, ...]


class _File(Strict):
    operations: Operations
    tables: dict[Database, dict[str, CapturedTable]] = Field(min_length=1)


class Routing:
    """The whole list.

    :param by_operation: audit tables by the event's ``op``, for S, P, B and X.
    :param tables: captured tables by source database (short name) and table name.
    """

    def __init__(self, file: _File):
        operations = file.operations
        self.by_operation = MappingProxyType(
            {
                "S": operations.schema_change,
                "P": operations.permission_change,
                "B": operations.bulk,
                "X": operations.security,
            }
        )
        self.tables = MappingProxyType({name: MappingProxyType(tables) for name, tables in file.tables.items()})


@cache
def routing() -> Routing:
    """The list as the file has it.

    :raises pydantic.ValidationError: an unknown key, database, domain or operation; the message names it.
    """
    return Routing(_File.model_validate(yaml.load(LIST.read_text(), Loader=yaml.CSafeLoader)))
