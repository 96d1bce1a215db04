"""How long it takes to sign in, as it was before peers were verified and as it is: ``python -m tests.bench.sign_in``.

It needs the servers of ``make up``. The least of many is shown, which other work on the machine disturbs least.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import MySQLdb
import psycopg

from dev.stack import Stack

TIMES = 60


def least_ms(sign_in: Callable) -> float:
    """The shortest of TIMES sign-ins, in milliseconds."""
    seconds = []
    for _ in range(TIMES):
        began = time.perf_counter()
        sign_in().close()
        seconds.append(time.perf_counter() - began)
    return min(seconds) * 1000


def main() -> None:
    """Measure and print."""
    env = Stack().env
    mysql = dict(host=env["MYSQL_AUDIT_HOST"], port=int(env["MYSQL_AUDIT_PORT"]), user=env["MYSQL_ADMIN_USER"])
    mysql |= {"password": env["MYSQL_ADMIN_PASSWORD"]}
    postgres = dict(host=env["POSTGRES_HOST"], port=env["POSTGRES_PORT"], user=env["POSTGRES_USERNAME"])
    postgres |= {"password": env["POSTGRES_PASSWORD"], "dbname": "genims_erp_db"}
    verified = {"ssl_mode": "VERIFY_IDENTITY", "ssl": {"ca": env["MYSQL_SSL_CA"]}}
    scram = {"sslmode": "disable", "require_auth": "scram-sha-256"}
    for what, sign_in in {
        "MySQL before, any server that encrypts": lambda: MySQLdb.connect(ssl_mode="REQUIRED", **mysql),
        "MySQL now, the server of a certificate": lambda: MySQLdb.connect(**verified, **mysql),
        "PostgreSQL before, any server": lambda: psycopg.connect(sslmode="prefer", **postgres),
        "PostgreSQL now, a server that knows us": lambda: psycopg.connect(**scram, **postgres),
    }.items():
        print(f"{what:40} {least_ms(sign_in):6.1f} ms")


if __name__ == "__main__":
    main()
