"""Where the servers are and who signs in: one Airflow connection for each database.

A server that the environment names (``POSTGRES_HOST``, ``MYSQL_REPORTING_HOST`` ...) is taken from there,
with any character allowed in a password. Otherwise the Airflow connection of the same id is asked for,
which may live in the UI, in ``AIRFLOW_CONN_...`` or in Azure Key Vault.
"""

from __future__ import annotations

import json

from airflow.sdk import BaseHook, Connection
from airflow.sdk.log import mask_secret

from genims.core.settings import Settings, settings, source_override
from genims.core.sources import SOURCES

REPORTING = "genims_reporting"
AUDIT = "genims_audit"
ADMIN = "genims_admin"
BLOB = "genims_blob"
SIGNING = "genims_signing"
REPORTING_BACKUP = "genims_reporting_backup"
AUDIT_BACKUP = "genims_audit_backup"
REPORTING_DRILL = "genims_reporting_drill"
AUDIT_DRILL = "genims_audit_drill"
BACKUP_KEY = "genims_backup_key"
CREATORS = (ADMIN, REPORTING_DRILL, AUDIT_DRILL)


def source_id(database: str) -> str:
    """The connection id of a source database, by its short name."""
    return f"genims_{database}"


def capture_id(database: str) -> str:
    """The connection id of the user that installs change capture in a source database, by its short name."""
    return f"genims_{database}_capture"


CONNECTION_IDS = (
    *(source_id(database) for database in SOURCES),
    *(capture_id(database) for database in SOURCES),
    REPORTING,
    AUDIT,
    ADMIN,
    BLOB,
    SIGNING,
    REPORTING_BACKUP,
    AUDIT_BACKUP,
    REPORTING_DRILL,
    AUDIT_DRILL,
    BACKUP_KEY,
)


def connection(conn_id: str) -> Connection:
    """The connection with an id; logs mask its password from now on.

    :param conn_id: one of CONNECTION_IDS.
    :raises airflow.sdk.exceptions.AirflowNotFoundException: neither the environment nor Airflow knows it.
    """
    found = _from_environment(conn_id, settings()) or BaseHook.get_connection(conn_id)
    if found.password:
        mask_secret(found.password)
    return found


def _from_environment(conn_id: str, env: Settings) -> Connection | None:
    if conn_id == REPORTING:
        return _mysql(conn_id, env.mysql_reporting_user, env.mysql_reporting_password, env)
    if conn_id == AUDIT:
        return _mysql(conn_id, env.mysql_audit_user, env.mysql_audit_password, env)
    if conn_id == ADMIN:
        return _mysql(conn_id, env.mysql_admin_user, env.mysql_admin_password, env)
    if conn_id in (REPORTING_BACKUP, AUDIT_BACKUP):
        return _mysql(conn_id, env.mysql_backup_user, env.mysql_backup_password, env)
    if conn_id in (REPORTING_DRILL, AUDIT_DRILL):
        return _mysql(conn_id, env.mysql_drill_user, env.mysql_drill_password, env)
    if conn_id == BACKUP_KEY:
        return _backup_key(conn_id, env)
    if conn_id == BLOB:
        return _blob(conn_id, env)
    if conn_id == SIGNING:
        return _signing(conn_id, env)
    return _postgres(conn_id, env)


def _postgres(conn_id: str, env: Settings) -> Connection | None:
    database, _, role = conn_id.removeprefix("genims_").partition("_")
    own = source_override(database)
    host = own.host or env.postgres_host
    if role == "capture":
        login = own.capture_username or env.postgres_capture_username
        password = own.capture_password or env.postgres_capture_password
    else:
        login = own.username or env.postgres_username
        password = own.password or env.postgres_password
    if host is None or login is None:
        return None
    extra = {"sslmode": own.sslmode or env.postgres_sslmode}
    if env.postgres_sslrootcert:
        extra["sslrootcert"] = env.postgres_sslrootcert
    return Connection(
        conn_id=conn_id,
        conn_type="postgres",
        host=host,
        port=own.port or env.postgres_port,
        login=login,
        password=password.get_secret_value(),
        schema=own.db or SOURCES[database],
        extra=json.dumps(extra),
    )


def _blob(conn_id: str, env: Settings) -> Connection | None:
    if env.azure_storage_connection_string is None:
        return None
    secret = env.azure_storage_connection_string.get_secret_value()
    mask_secret(secret)
    # The client's own retries would keep a task waiting for minutes; Airflow's come after them.
    extra = {"connection_string": secret, "retry_total": 2, "connection_timeout": 10}
    return Connection(conn_id=conn_id, conn_type="wasb", extra=json.dumps(extra))


def _signing(conn_id: str, env: Settings) -> Connection | None:
    if env.genims_signing_key is None and not env.genims_signing_public_keys:
        return None
    return Connection(
        conn_id=conn_id,
        conn_type="generic",
        password=env.genims_signing_key.get_secret_value() if env.genims_signing_key else None,
        extra=json.dumps({"public_keys": env.genims_signing_public_keys}),
    )


def _backup_key(conn_id: str, env: Settings) -> Connection | None:
    if env.genims_backup_key is None and env.genims_backup_old_keys is None:
        return None
    old = env.genims_backup_old_keys.get_secret_value() if env.genims_backup_old_keys else ""
    for key in filter(None, old.split(",")):
        mask_secret(key.strip())
    return Connection(
        conn_id=conn_id,
        conn_type="generic",
        password=env.genims_backup_key.get_secret_value() if env.genims_backup_key else None,
        extra=json.dumps({"old_keys": old}),
    )


def _mysql(conn_id: str, user: str | None, password, env: Settings) -> Connection | None:
    audit = conn_id in (AUDIT, AUDIT_BACKUP, AUDIT_DRILL)
    host = env.mysql_audit_host if audit else env.mysql_reporting_host
    if host is None or user is None:
        return None
    extra = {"charset": "utf8mb4", "ssl_mode": env.mysql_ssl_mode}
    if env.mysql_ssl_ca:
        extra["ssl"] = {"ca": env.mysql_ssl_ca}
    return Connection(
        conn_id=conn_id,
        conn_type="mysql",
        host=host,
        port=env.mysql_audit_port if audit else env.mysql_reporting_port,
        login=user,
        password=password.get_secret_value(),
        # platform_setup creates the databases and a drill its own, so their connections must not ask for one.
        schema="" if conn_id in CREATORS else env.mysql_audit_db if audit else env.mysql_reporting_db,
        extra=json.dumps(extra),
    )
