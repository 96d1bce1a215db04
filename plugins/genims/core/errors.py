"""The errors of the package. Those that are the same again in five minutes are not tried again."""

from __future__ import annotations


class WillNotHeal(Exception):
    """Trying again changes nothing until somebody acts; the message says what to do."""


class SourceContractError(WillNotHeal):
    """A source database is not what a query needs; the message lists every difference."""


class QueryError(WillNotHeal):
    """A query that DuckDB cannot understand; the message keeps what DuckDB proposes instead."""


class RejectedRows(WillNotHeal):
    """Rows that the target cannot hold or that break a check, or a result that lacks the target's columns.

    :param rejected: how many rows there are of them.
    """

    def __init__(self, message: str, rejected: int = 0):
        super().__init__(message)
        self.rejected = rejected


class LoadError(WillNotHeal):
    """MySQL did not take the rows as they are."""


class ReconciliationError(WillNotHeal):
    """MySQL does not hold what the sources do; the message names table, days and columns."""


class PlatformError(WillNotHeal):
    """The platform is not as declared; the message lists every difference."""


class EvidenceError(WillNotHeal):
    """The audit tables do not hold what was written; the message names what deviates."""


class FormRefused(WillNotHeal):
    """What a form asks for may not be done; the message says why, and nothing was written."""


class ConnectionLost(Exception):
    """The connection to MySQL broke; what was not committed is undone."""


class Fenced(Exception):
    """Another writer has taken over the ledger of a source database."""


class SourceBusy(Exception):
    """Another writer of the same source database did not end in time."""


class TableBusy(Exception):
    """Another run of the same table did not end in time."""


class MaintenanceError(Exception):
    """MySQL did not do a part of the maintenance; the message quotes it."""
