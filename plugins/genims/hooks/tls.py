"""How a session makes sure of its server before it tells the password: one rule for each kind of server.

Every mode that encrypts verifies the server's certificate and name. A session in clear text was asked for explicitly.
"""

from __future__ import annotations

import os
import ssl
from functools import cache

from airflow.sdk import Connection

# MySQLdb's local_infile. AT_LOAD_DATA lets the server ask for a file in answer to a LOAD DATA LOCAL, never otherwise.
NEVER, AT_LOAD_DATA = 0, 2


def mysql_options(server: Connection, loads: bool) -> dict:
    """MySQLdb's options for a session.

    :param server: a connection. Its extra ``ssl_mode`` is DISABLED, or the session is encrypted; ``ssl`` names the
        server's authority as ``ca``, else one of the system's must have signed its certificate.
    :param loads: whether the session sends rows by LOAD DATA LOCAL. In clear text it cannot: anyone on the way could
        ask for any file of this machine.
    """
    if server.extra_dejson.get("ssl_mode") == "DISABLED":
        return {"ssl_mode": "DISABLED", "local_infile": NEVER}
    # In a weaker mode, the client library goes on in clear text if the server offers no TLS.
    return {"ssl_mode": "VERIFY_IDENTITY", "local_infile": AT_LOAD_DATA if loads else NEVER}


def postgres_options(server: Connection) -> dict[str, str]:
    """libpq's options for a session.

    :param server: a connection with extra ``sslmode`` and ``sslrootcert``, the file of the server's authority. Without
        the first the server's name is verified; without the second, one of the system's must have signed it.
    """
    mode = server.extra_dejson.get("sslmode", "verify-full")
    options = {
        "sslmode": mode,
        # The server proves that it knows the password's verifier; one that asks for the password itself gets nothing.
        "require_auth": "scram-sha-256",
    }
    if authority := server.extra_dejson.get("sslrootcert"):
        return options | {"sslrootcert": authority}
    if mode == "verify-full":
        _show_system_authorities()
        return options | {"sslrootcert": "system"}
    return options


@cache
def _show_system_authorities() -> None:
    """Tell the drivers where the system keeps its authorities: the OpenSSL inside them looks elsewhere."""
    paths = ssl.get_default_verify_paths()
    for variable, path in ((paths.openssl_cafile_env, paths.cafile), (paths.openssl_capath_env, paths.capath)):
        if path:
            os.environ.setdefault(variable, path)
