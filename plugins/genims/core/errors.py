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


class BlobRefused(WillNotHeal):
    """Blob Storage will not do what was asked; the message names container and blob, and says what to do."""


class BlobExists(BlobRefused):
    """A blob was to be new, and there is one of that name."""


class BlobMissing(BlobRefused):
    """A blob is not there."""


class FormRefused(WillNotHeal):
    """What a form asks for may not be done; the message says why, and nothing was written."""


class ConnectionLost(Exception):
    """The connection to MySQL broke; what was not committed is undone."""


class BlobStorageError(Exception):
    """Blob Storage did not answer, or not as it should; the message names container and blob."""


class BlobEndMoved(BlobStorageError):
    """A blob does not end where it was to be appended to; read on from there, then append behind."""


class Fenced(Exception):
    """Another writer has taken over the ledger of a source database."""


class SourceBusy(Exception):
    """Another writer of the same source database did not end in time."""


class TableBusy(Exception):
    """Another run of the same table did not end in time."""


class MaintenanceError(Exception):
    """MySQL did not do a part of the maintenance; the message quotes it."""
