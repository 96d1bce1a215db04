"""The errors of the package: Airflow retries those that may heal by themselves, and no other.

Exception
├── WillNotHeal               not retried: the cause stays until a person acts
│   ├── SourceContractError
│   ├── QueryError
│   ├── RejectedRows
│   ├── FewerRows
│   ├── LoadError
│   ├── ReconciliationError
│   ├── PlatformError
│   ├── EvidenceError
│   ├── NotProven
│   ├── BlobRefused
│   ├── BackupRefused
│   ├── BackupBroken
│   ├── CloseBlocked
│   ├── DayNotClosed
│   └── FormRefused
├── SourceChanged             retried, like every error below and every error of a driver
├── ConnectionLost
├── Fenced
├── SourceBusy
├── TableBusy
├── TableHeld
├── DumpFailed
├── BackupBusy
└── MaintenanceError

SystemExit
└── Stopped                   retried if Airflow still wants the task
"""

from __future__ import annotations


class WillNotHeal(Exception):
    """A retry changes nothing until a person acts; the message says what to do."""


class SourceContractError(WillNotHeal):
    """A source database lacks what a query reads; the message lists every difference."""


class QueryError(WillNotHeal):
    """DuckDB does not understand a query; the message keeps what DuckDB proposes instead."""


class RejectedRows(WillNotHeal):
    """Rows do not fit the target or break a check, or a result lacks columns of the target.

    :param message: which rows or columns, and why.
    :param rejected: the number of these rows.
    """

    def __init__(self, message: str, rejected: int = 0):
        super().__init__(message)
        self.rejected = rejected


class FewerRows(WillNotHeal):
    """Figures would fall by more than sources ordinarily make them; the message says which. Nothing was published."""


class LoadError(WillNotHeal):
    """MySQL did not store the rows unchanged."""


class ReconciliationError(WillNotHeal):
    """MySQL and the sources hold different totals; the message names table, days and columns."""


class PlatformError(WillNotHeal):
    """The platform differs from its declaration; the message lists every difference."""


class EvidenceError(WillNotHeal):
    """The audit tables differ from what was written; the message names each deviation."""


class NotProven(WillNotHeal):
    """Nothing deviates in the audit tables, but nothing proves it either; the message says what is lacking."""


class BlobRefused(WillNotHeal):
    """Blob Storage will not do what was asked; the message names container and blob, and says what to do."""


class BlobExists(BlobRefused):
    """A blob was to be new, and there is one of that name."""


class BlobMissing(BlobRefused):
    """A blob is not there."""


class BlobHeld(BlobRefused):
    """A retention policy or a legal hold protects a blob: it may be deleted later."""


class BlobArchived(BlobRefused):
    """A blob is in the archive, and must be moved out of it before it can be read."""


class BackupRefused(WillNotHeal):
    """A backup cannot be made or restored as things are; the message says what to change."""


class BackupBroken(WillNotHeal):
    """A stored backup is not what its manifest says, or does not restore to it; the message names what is wrong."""


class CloseBlocked(WillNotHeal):
    """A day cannot be closed; the message is a table of what blocks it, and what to do."""


class DayNotClosed(WillNotHeal):
    """Days are over and not closed; the message names them."""


class FormRefused(WillNotHeal):
    """A form asks for something that is not allowed; the message says why, and nothing was written."""


class SourceChanged(Exception):
    """A source reloaded, altered or replaced a table while it was read; nothing was published."""


class ConnectionLost(Exception):
    """The connection to MySQL broke; MySQL undoes what was not committed."""


class BlobStorageError(Exception):
    """Blob Storage did not answer, or not as it should; the message names container and blob."""


class ContainerMissing(BlobStorageError):
    """A container is not there."""


class BlobEndMoved(BlobStorageError):
    """A blob does not end where it was to be appended to; read on from there, then append behind."""


class BlobClosed(BlobStorageError):
    """A blob takes no more: it is full or sealed, or was replaced by one of another kind."""


class Fenced(Exception):
    """Another writer has taken over the ledger of a source database."""


class SourceBusy(Exception):
    """Another writer of the same source database did not end in time."""


class TableBusy(Exception):
    """Another run of the same table did not end in time."""


class TableHeld(Exception):
    """Sessions hold a table, so that its definition cannot change; the message names them."""


class DumpFailed(Exception):
    """A dump did not come to its end, so nothing was stored; the message quotes MySQL's client."""


class BackupBusy(Exception):
    """Another backup of the same database is being made."""


class MaintenanceError(Exception):
    """MySQL did not do a part of the maintenance; the message quotes it."""


class Stopped(SystemExit):
    """Airflow no longer wants what the task does: somebody has marked it, cleared it or stopped its worker."""
