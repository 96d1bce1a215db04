"""The two databases that are backed up, and for how long their backups are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from genims.core import connections
from genims.core.settings import settings


@dataclass(frozen=True)
class Database:
    """One database.

    :param short: as blobs are named.
    :param setting: the setting that names it on its server.
    :param kept: how long a backup is kept.
    :param backup_id: connection of the user that may dump it.
    :param drill_id: connection of the user that restores it into a scratch database on the same server.
    :param has_closed_months: whether its rows are only ever added, month by month.
    :param tiers: the tier that a backup belongs in from an age in days on. Each move comes after the time for which
        Azure charges the tier before in any case: Cool 30 days, Cold 90, Archive 180.
    """

    short: str
    setting: str
    kept: timedelta
    backup_id: str
    drill_id: str
    has_closed_months: bool = False
    tiers: tuple[tuple[int, str], ...] = ()

    @property
    def name(self) -> str:
        """Its name on the server."""
        return getattr(settings(), self.setting)


REPORTING = Database(
    "reporting",
    "mysql_reporting_db",
    timedelta(days=30),
    connections.REPORTING_BACKUP,
    connections.REPORTING_DRILL,
)
AUDIT = Database(
    "audit",
    "mysql_audit_db",
    timedelta(days=7 * 365 + 2),
    connections.AUDIT_BACKUP,
    connections.AUDIT_DRILL,
    has_closed_months=True,
    tiers=((30, "Cool"), (90, "Cold"), (180, "Archive")),
)
DATABASES = {each.short: each for each in (REPORTING, AUDIT)}
# Closed months serve every newer night, and the drill reads them: they stay where reading takes no wait.
MONTH_TIERS = ((30, "Cool"),)
