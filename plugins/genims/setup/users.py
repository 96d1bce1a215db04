"""The MySQL users of the platform, created with the passwords of the settings."""

from __future__ import annotations

import logging

from genims.core import connections
from genims.core.settings import settings
from genims.hooks.mysql import admin

log = logging.getLogger(__name__)


def users() -> list[tuple[str, str]]:
    """Name and password of each configured user of the platform."""
    env = settings()
    configured = [
        (env.mysql_reporting_user, env.mysql_reporting_password),
        (env.mysql_audit_user, env.mysql_audit_password),
        (env.mysql_backup_user, env.mysql_backup_password),
        (env.mysql_drill_user, env.mysql_drill_password),
        (env.mysql_auditor_user, env.mysql_auditor_password),
    ]
    return [(name, password.get_secret_value()) for name, password in configured if name]


def platform_users() -> list[str]:
    """The names of the configured users, without the administrator."""
    administrator = connections.connection(connections.ADMIN).login
    return [name for name, _ in users() if name != administrator]


def create_users() -> None:
    """Create each user and set its password to the configured one.

    The password of before works until this runs once more, so that no task fails while a new one spreads. The
    administrator stays unchanged, even if a setting names it as one of the users.
    """
    host = settings().mysql_user_host
    # As in genims.hooks.tls: only a session in clear text that was asked for explicitly is let in.
    tls = "NONE" if settings().mysql_ssl_mode == "DISABLED" else "SSL"
    own = platform_users()
    with admin() as cursor:
        for name, password in users():
            if name not in own:
                log.warning("%s is the administrator and does another user's work too: not least privilege.", name)
                continue
            # These statements carry the password: they are never logged.
            cursor.execute("CREATE USER IF NOT EXISTS %s@%s IDENTIFIED BY %s", (name, host, password))
            cursor.execute(
                f"ALTER USER %s@%s IDENTIFIED BY %s RETAIN CURRENT PASSWORD REQUIRE {tls}", (name, host, password)
            )
            log.info("User %s can sign in.", name)
