"""A database with everything that is hard to dump and restore, and how tests look at it."""

from __future__ import annotations

import logging
import os
import secrets

from genims.backup.store import Store
from genims.core.settings import settings
from tests.support.faults.faults import query

TABLES = [
    """CREATE TABLE `we'i (rd` (id INT PRIMARY KEY, t LONGTEXT, b LONGBLOB, v VARBINARY(10), d DECIMAL(30,10), j JSON,
        bit BIT(9), f FLOAT, x DOUBLE, day DATE, at DATETIME(6), g INT GENERATED ALWAYS AS (id * 2) STORED,
        c VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_german2_ci, KEY (c)) COMMENT 'a\\nb'""",
    "CREATE TABLE empty_one (id INT AUTO_INCREMENT PRIMARY KEY, t TEXT) AUTO_INCREMENT = 77",
    "CREATE TABLE many (id INT AUTO_INCREMENT PRIMARY KEY, t VARCHAR(200))",
]
TEXTS = [
    *("'", "\\", "\\'", "),(", "'),('", "(", "\\\\'),(\\", "", None, "NULL", "a\r\nb\0\x1a", "\U0001d50a\U0001f600é"),
    *("-- Dump completed", "INSERT INTO `x` VALUES (1);\n", '{"a": "),(\'"}', " "),
]
# What a drill asks of the reporting database.
ASKED = (
    *("profit_and_loss_daily", "production_summary_daily", "machine_performance_daily", "sales_order_summary"),
    "inventory_value_summary",
)


class AwkwardDatabase:
    """A database of a random name that the backup user may read."""

    def __init__(self):
        self.name = f"awkward_{secrets.token_hex(4)}"

    def create(self) -> None:
        query(f"CREATE DATABASE {self.name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
        query(f"GRANT SELECT, SHOW VIEW ON {self.name}.* TO %s@'%%'", (settings().mysql_backup_user,))
        for statement in TABLES:
            self.run(statement)
        for table in ASKED:
            self.run(f"CREATE TABLE {table} LIKE genims_reporting_db.{table}")
        columns = ("id", "t", "b", "v", "d", "j", "bit", "f", "x", "day", "at", "c")
        insert = f"INSERT INTO `we'i (rd` ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})"
        number, moment = "-12345678901234567890.0123456789", "2026-02-28 23:59:59.999999"
        for place, text in enumerate(TEXTS):
            blob = text and text.encode()
            row = (
                place,
                text,
                blob,
                b"\0\xff'\\(",
                number,
                '{"k": ["(\'", null]}',
                257,
                1.5,
                -1e300,
                moment[:10],
                moment,
            )
            self.run(insert, (*row, "Straße"))
        self.run("INSERT INTO many (t) VALUES ('first'), (NULL), ('(')")
        self.run("INSERT INTO many (t) WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 900) "
                 "SELECT CONCAT('row ', n.i, ''', (', REPEAT('x', n.i % 90)) FROM n")  # fmt: skip

    def run(self, statement: str, parameters: tuple | None = None) -> list[tuple]:
        return query(statement, parameters, self.name)

    def drop(self) -> None:
        query(f"DROP DATABASE {self.name}")
        query(f"REVOKE ALL PRIVILEGES ON {self.name}.* FROM %s@'%%'", (settings().mysql_backup_user,))


def visible() -> list[str]:
    """The names of all blobs in the container."""
    return sorted(Store().container.names())


def scratch_databases() -> list[str]:
    return [name for (name,) in query("SHOW DATABASES LIKE 'genims\\_drill\\_%'")]


def rows_of(database: str, table: str) -> list[tuple]:
    return sorted(query(f"SELECT * FROM {table}", database=database), key=repr)


def drop(database: str) -> None:
    query(f"DROP DATABASE IF EXISTS {database}")


def killed(act) -> None:
    """Do something in a process that ends as by kill -9."""
    child = os.fork()
    if child == 0:
        try:
            logging.disable(logging.CRITICAL)
            act()
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -9


def die(*_, **__) -> None:
    os.kill(os.getpid(), 9)
