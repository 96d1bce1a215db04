"""A pooler between us and a source does not pass our settings on: that is said, and nothing is read without them."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
from contextlib import closing, suppress
from pathlib import Path

import pytest

from dev.stack.ports import free_port
from genims.core import connections
from genims.core.errors import PlatformError
from genims.hooks.postgres import connect
from genims.hooks.sources import SourcesHook
from tests.support.faults.faults import environment, refused, until

pytest_plugins = ["tests.support.faults.fixtures"]

PGBOUNCER = "/usr/sbin/pgbouncer"
CONFIGURATION = """
[databases]
* = host={host} port={port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {users}
pool_mode = {mode}
ignore_startup_parameters = {ignored}
"""


@pytest.fixture(params=["transaction", "session"])
def mode(request) -> str:
    return request.param


@pytest.fixture(params=["", "options"], ids=["refuses options", "leaves options out"])
def pooler(stack, mode, request):
    """A real PgBouncer before the sources; its port."""
    listen = free_port()
    with tempfile.TemporaryDirectory() as folder:
        users, configuration = Path(folder, "users"), Path(folder, "pgbouncer.ini")
        login = (stack.env["POSTGRES_USERNAME"], stack.env["POSTGRES_PASSWORD"].replace('"', '""'))
        users.write_text('"{}" "{}"\n'.format(*login))
        server = {"host": stack.env["POSTGRES_HOST"], "port": stack.env["POSTGRES_PORT"]}
        configuration.write_text(
            CONFIGURATION.format(**server, listen=listen, users=users, mode=mode, ignored=request.param)
        )
        # As root it refuses to run; what it reads must be open to the user that it runs as instead.
        for path, permissions in ((Path(folder), 0o755), (users, 0o644), (configuration, 0o644)):
            path.chmod(permissions)
        unprivileged = {"user": "nobody"} if os.geteuid() == 0 else {}
        process = subprocess.Popen([PGBOUNCER, configuration], stderr=subprocess.DEVNULL, **unprivileged)
        try:
            until(lambda: _listens(listen))
            yield listen
        finally:
            process.terminate()
            process.wait(10)


def _listens(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_load_through_a_pooler_is_refused(scratch, pooler):
    with (
        refused(scratch, Exception, "genims_master_db", "PgBouncer", "not the pooler", retried=False),
        environment(POSTGRES_MASTER_PORT=str(pooler)),
    ):
        scratch.load()
    scratch.load()


def test_every_other_session_through_a_pooler_is_refused(scratch, pooler):
    with environment(POSTGRES_MASTER_PORT=str(pooler)):
        source = connections.connection(connections.source_id("master"))
        with pytest.raises(PlatformError, match=r"genims_master_db, does not take the settings .* PgBouncer"):
            connect(source, "genims_tests").close()
        with suppress(PlatformError), SourcesHook().open(["master"]):
            pass
