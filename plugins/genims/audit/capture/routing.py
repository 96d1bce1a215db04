"""Reads ``schema/audit_capture.yaml``: what is captured, what is masked, which audit tables an event goes to."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import Annotated, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from genims.audit.format.chained_tables import chained_tables
from genims.core.paths import SCHEMA
from genims.core.sources import SOURCES

LIST = SCHEMA / "audit_capture.yaml"

ROW_CHANGE = (
    "operation",
    "table_name",
    "row_key",
    "changed_columns",
    "old_values",
    "new_values",
    "changed_by",
    "reason",
)
"""The columns of an audit table that takes changes of rows, in order."""


def _domain(name: str) -> str:
    domains = [table.name for table in chained_tables().values() if table.own_columns == ROW_CHANGE]
    if name not in domains:
        raise ValueError(f"expected an audit table for changes of rows ({', '.join(domains)}), found {name}")
    return name


def _audit_table(name: str) -> str:
    if name not in chained_tables():
        raise ValueError(f"expected an audit table ({', '.join(chained_tables())}), found {name}")
    return name


Domain = Annotated[str, AfterValidator(_domain)]
AuditTable = Annotated[str, AfterValidator(_audit_table)]
Database = Literal[tuple(SOURCES)]
Operation = Literal["insert", "update", "delete", "truncate"]


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CapturedTable(Strict):
    """A captured table.

    :param domains: audit tables that get a row for each of its row events and truncations.
    :param prices: columns whose change also goes to ``price_cost_changes``.
    :param permissions: columns whose change also goes to ``permission_changes``.
    :param mask: columns whose values never leave the source. A column keeps its mask when it is renamed.
    :param clear: columns beside those of ``schema/sources`` whose values may leave it. Other columns of a table with
        masks are masked until they are settled here.
    :param only: the operations that are captured.
    """

    domains: tuple[Domain, ...]
    prices: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    mask: frozenset[str] = frozenset()
    clear: frozenset[str] = frozenset()
    only: frozenset[Operation] = frozenset({"insert", "update", "delete", "truncate"})

    @model_validator(mode="after")
    def _settles_once(self) -> CapturedTable:
        if both := sorted(self.mask & self.clear):
            raise ValueError(f"expected each column in mask or in clear, found in both: {', '.join(both)}")
        return self


class Operations(Strict):
    """Audit tables of the events that are no changes of rows.

    :param schema_change: for CREATE, ALTER and DROP.
    :param permission_change: for GRANT, REVOKE and default privileges.
    :param bulk: for statements that touch many rows.
    :param security: for attacks on the capture itself.
    """

    schema_change: tuple[AuditTable, ...]
    permission_change: tuple[AuditTable, ...]
    bulk: tuple[AuditTable, ...]
    security: tuple[AuditTable, ...]


class _File(Strict):
    operations: Operations
    tables: dict[Database, dict[str, CapturedTable]] = Field(min_length=1)


class Routing:
    """The whole file.

    :param file: its content.

    :ivar by_operation: audit tables by the event's ``op``, for S, P, B and X.
    :ivar tables: captured tables by source database (short name) and table name.
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
    """The routing that the file declares; it is read once.

    :raises pydantic.ValidationError: an unknown key, database, audit table or operation; the message names it.
    """
    return Routing(_File.model_validate(yaml.load(LIST.read_text(), Loader=yaml.CSafeLoader)))
