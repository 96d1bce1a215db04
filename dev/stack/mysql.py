"""The MySQL server: set up as Azure's Flexible Server is, with an administrator who is not root."""

from __future__ import annotations

import shutil
from pathlib import Path

import MySQLdb

from dev.stack.certificates import AUTHORITY, CERTIFICATE, KEY
from dev.stack.mysql_programs import MySqlPrograms, find_mysql
from dev.stack.ports import LOOPBACK
from dev.stack.processes import Process, give_to_unprivileged, unprivileged
from dev.stack.steps import made_with_other_passwords, step

ACCESS_DENIED = 1045
# What Azure documents for the administrator of a Flexible Server: no SUPER, no FILE, no SHUTDOWN.
ADMIN_PRIVILEGES = (
    "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, PROCESS, REFERENCES, INDEX, ALTER, SHOW DATABASES, "
    "CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, REPLICATION SLAVE, REPLICATION CLIENT, CREATE VIEW, SHOW VIEW, "
    "CREATE ROUTINE, ALTER ROUTINE, CREATE USER, EVENT, TRIGGER, CREATE ROLE, DROP ROLE"
)
SERVER_OPTIONS = (
    "--character-set-server=utf8mb4",
    "--collation-server=utf8mb4_unicode_ci",
    "--default-time-zone=+00:00",
    "--event-scheduler=OFF",
    "--innodb-buffer-pool-size=2G",  # Azure's smallest server of the General Purpose tier has 4; allocated on demand
    # What the disk of a small server can do; at the default of 10,000, MySQL keeps rewriting pages while they fill.
    "--innodb-io-capacity=200",
    "--innodb-io-capacity-max=2000",
    "--innodb-redo-log-capacity=512M",  # as on Azure; the default of 100 MB stalls the load of a large table
    "--local-infile=ON",
    "--log-error-verbosity=2",
    "--lower-case-table-names=1",
    "--max-connections=200",
    "--mysqlx=OFF",
    "--performance-schema=ON",
    "--require-secure-transport=ON",  # as on Azure
    "--secure-file-priv=NULL",
    "--sql-require-primary-key=ON",
)


class MySql:
    """The MySQL server of one home.

    :param settings: the stack's settings; ``MYSQL_REPORTING_PORT`` is the server's port.
    """

    name = "mysql"
    address_names = ("MYSQL_REPORTING_HOST", "MYSQL_AUDIT_HOST")

    def __init__(self, home: Path, settings: dict[str, str]) -> None:
        self._directory = home / "mysql"
        self._certificates = home / "certificates"
        self._settings = settings
        self.process = Process(home, self.name)
        self.processes = (self.process,)
        self.port = int(settings["MYSQL_REPORTING_PORT"])

    def up(self) -> None:
        """Start the server, creating its data directory first if it has none."""
        if self.process.pid:
            return
        programs = find_mysql()
        programs.write_wrappers()
        if not (self._directory / "data").exists():
            with step("Creating the MySQL server"):
                self._initialise(programs)
        with step("Starting MySQL"):
            address = (f"--bind-address={LOOPBACK}", f"--port={self.port}")
            self.process.start(self._server(programs, self._directory / "data", *address), cwd=self._directory)
            self.process.wait_until(self._accepts_root, seconds=60)

    def _server(self, programs: MySqlPrograms, data: Path, *options: str) -> list[str | Path]:
        """The server's command line."""
        return unprivileged(
            [
                *programs.command("mysqld"),
                "--no-defaults",
                *programs.server_options(),
                *SERVER_OPTIONS,
                f"--ssl-ca={self._certificates / AUTHORITY}",
                f"--ssl-cert={self._certificates / CERTIFICATE}",
                f"--ssl-key={self._certificates / KEY}",
                f"--datadir={data}",
                f"--tmpdir={self._directory / 'tmp'}",
                "--socket=mysql.sock",  # relative to the data: the path of a Unix socket must be short
                *options,
            ]
        )

    def _initialise(self, programs: MySqlPrograms) -> None:
        """Make the data directory under another name, so that the next start repeats an interrupted one."""
        unfinished = self._directory / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        for directory in (self._directory, self._directory / "tmp"):
            directory.mkdir(exist_ok=True)
            give_to_unprivileged(directory)
        accounts = self._directory / "accounts.sql"
        accounts.touch(mode=0o600)
        accounts.write_text(self._accounts_sql())
        give_to_unprivileged(accounts)
        initialise = self._server(programs, unfinished, "--initialize-insecure", f"--init-file={accounts}")
        self.process.run(initialise, cwd=self._directory)
        accounts.unlink()
        unfinished.rename(self._directory / "data")

    def _accounts_sql(self) -> str:
        """One statement a line, as an init file needs them."""
        admin = f"{_quoted(self._settings['MYSQL_ADMIN_USER'])}@'%'"
        return (
            f"ALTER USER 'root'@'localhost' IDENTIFIED BY {_quoted(self._settings['STACK_MYSQL_ROOT_PASSWORD'])};\n"
            f"CREATE USER {admin} IDENTIFIED BY {_quoted(self._settings['MYSQL_ADMIN_PASSWORD'])};\n"
            f"GRANT {ADMIN_PRIVILEGES} ON *.* TO {admin} WITH GRANT OPTION;\n"
        )

    def _accepts_root(self) -> bool:
        """Whether root can sign in: the server is up, and it is ours."""
        try:
            MySQLdb.connect(
                host=LOOPBACK,
                port=self.port,
                user="root",
                password=self._settings["STACK_MYSQL_ROOT_PASSWORD"],
                ssl={"ca": str(self._certificates / AUTHORITY)},
                ssl_mode="VERIFY_IDENTITY",
                connect_timeout=5,
            ).close()
        except MySQLdb.OperationalError as error:
            if error.args[0] == ACCESS_DENIED:
                raise made_with_other_passwords(self._directory) from None
            return False
        return True


def _quoted(text: str) -> str:
    """The text as an SQL string."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
