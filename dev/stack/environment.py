"""The settings of a stack: made once for each home, kept in its file ``env``, overridden by the user's ``.env``."""

from __future__ import annotations

import secrets
import shlex
from base64 import b64encode
from collections.abc import Collection
from pathlib import Path

from dotenv import dotenv_values

from dev.stack.certificates import AUTHORITY
from dev.stack.ports import LOOPBACK, first_free_port, free_port

# Characters that break careless quoting in a shell, SQL, a URL, a connection string or a config file.
AWKWARD = """ '"\\%$#@:/?&;=é"""
# Azurite accepts only this published development account; it is no secret.
AZURITE_ACCOUNT = "devstoreaccount1"
AZURITE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


PORTS = {
    "mysql": "MYSQL_REPORTING_PORT",
    "postgres": "POSTGRES_PORT",
    "azurite": "STACK_BLOB_PORT",
    "airflow": "STACK_UI_PORT",
}
"""The setting that holds a service's port."""
UI_PORT = 8080
"""Where a person expects the UI; the next free port is taken if another program listens there."""
OWN_SERVERS = {
    "mysql": ("MYSQL_REPORTING_HOST", "MYSQL_"),
    "postgres": ("POSTGRES_HOST", "POSTGRES_"),
    "azurite": ("AZURE_STORAGE_CONNECTION_STRING", "AZURE_"),
}
"""The setting that names the user's own server instead of ours, and how the settings begin that then are the user's."""


def load_settings(home: Path) -> dict[str, str]:
    """The settings of the stack in ``home``; missing ones are made and kept."""
    path = home / "env"
    kept = dict(part.split("=", 1) for part in shlex.split(path.read_text())) if path.exists() else {}
    settings = _new_secrets() | _addresses({service: _new_port(service) for service in PORTS}) | kept
    # The authority that signs MySQL's certificate.
    settings["MYSQL_SSL_CA"] = str(home / "certificates" / AUTHORITY)
    # PostgreSQL's programs from the wheel have no TLS; the server listens on this machine alone.
    settings["POSTGRES_SSLMODE"] = "disable"
    settings["POSTGRES_CAPTURE_USERNAME"] = settings["STACK_POSTGRES_OWNER"]
    settings["POSTGRES_CAPTURE_PASSWORD"] = settings["STACK_POSTGRES_OWNER_PASSWORD"]
    if settings != kept:
        _write(path, settings)
    return settings


def move_ports(home: Path, settings: dict[str, str], services: Collection[str]) -> dict[str, str]:
    """The settings with a new port for each of the services, kept from now on."""
    ports = {
        service: _new_port(service) if service in services else int(settings[name]) for service, name in PORTS.items()
    }
    settings = settings | _addresses(ports)
    _write(home / "env", settings)
    return settings


def user_settings(path: Path | None) -> dict[str, str]:
    """What the user's own ``.env`` sets; empty values count as not set."""
    return {name: value for name, value in dotenv_values(path, interpolate=False).items() if value} if path else {}


def own_servers(user: dict[str, str]) -> set[str]:
    """The services for which the user has named a server."""
    return {service for service, (host, _) in OWN_SERVERS.items() if host in user}


def merged(settings: dict[str, str], user: dict[str, str]) -> dict[str, str]:
    """The stack's settings and the user's.

    A server that the user names takes all its settings from ``.env``. A server of the stack takes none: a ``.env``
    copied from ``.env.example`` names ports and users even for servers that it leaves out.
    """
    gone = tuple(OWN_SERVERS[service][1] for service in own_servers(user))
    return user | {name: value for name, value in settings.items() if not name.startswith(gone)}


def _new_port(service: str) -> int:
    return first_free_port(UI_PORT) if service == "airflow" else free_port()


def _write(path: Path, settings: dict[str, str]) -> None:
    """Keep the settings, one ``NAME=value`` a line, quoted for a shell, readable only by their owner."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    unfinished.write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in settings.items()))
    unfinished.rename(path)


def _awkward_password() -> str:
    """A random password with every kind of character that careless quoting breaks."""
    return f"{secrets.token_hex(8)}{AWKWARD}{secrets.token_hex(4)}"


def _addresses(ports: dict[str, int]) -> dict[str, str]:
    """Every setting that says where something is."""
    return {
        "POSTGRES_HOST": LOOPBACK,
        "POSTGRES_PORT": str(ports["postgres"]),
        "MYSQL_REPORTING_HOST": LOOPBACK,
        "MYSQL_REPORTING_PORT": str(ports["mysql"]),
        "MYSQL_AUDIT_HOST": LOOPBACK,
        "MYSQL_AUDIT_PORT": str(ports["mysql"]),
        "AZURE_STORAGE_CONNECTION_STRING": (
            f"DefaultEndpointsProtocol=http;AccountName={AZURITE_ACCOUNT};AccountKey={AZURITE_KEY};"
            f"BlobEndpoint=http://{LOOPBACK}:{ports['azurite']}/{AZURITE_ACCOUNT};"
        ),
        "STACK_BLOB_PORT": str(ports["azurite"]),
        "STACK_UI_PORT": str(ports["airflow"]),
        "STACK_UI_URL": f"http://{LOOPBACK}:{ports['airflow']}",
    }


def _new_secrets() -> dict[str, str]:
    """Names and passwords."""
    return {
        "POSTGRES_USERNAME": "genims_reader",
        "POSTGRES_PASSWORD": _awkward_password(),
        "MYSQL_REPORTING_DB": "genims_reporting_db",
        "MYSQL_REPORTING_USER": "genims_etl",
        "MYSQL_REPORTING_PASSWORD": _awkward_password(),
        "MYSQL_AUDIT_DB": "genims_audit_db",
        "MYSQL_AUDIT_USER": "genims_audit",
        "MYSQL_AUDIT_PASSWORD": _awkward_password(),
        "MYSQL_ADMIN_USER": "genims_admin",
        "MYSQL_ADMIN_PASSWORD": _awkward_password(),
        "MYSQL_BACKUP_USER": "genims_backup",
        "MYSQL_BACKUP_PASSWORD": _awkward_password(),
        "MYSQL_DRILL_USER": "genims_drill",
        "MYSQL_DRILL_PASSWORD": _awkward_password(),
        "MYSQL_AUDITOR_USER": "genims_auditor",
        "MYSQL_AUDITOR_PASSWORD": _awkward_password(),
        "GENIMS_SIGNING_KEY": b64encode(secrets.token_bytes(32)).decode(),
        "STACK_MYSQL_ROOT_PASSWORD": _awkward_password(),
        "STACK_POSTGRES_OWNER": "genims_owner",
        "STACK_POSTGRES_OWNER_PASSWORD": _awkward_password(),
        "STACK_ADMIN_PASSWORD": secrets.token_urlsafe(9),
        "STACK_OPERATOR_PASSWORD": secrets.token_urlsafe(9),
        "STACK_VIEWER_PASSWORD": secrets.token_urlsafe(9),
        "STACK_JWT_SECRET": secrets.token_hex(32),
    }
