"""Real servers for the tests: PostgreSQL with empty sources, and MySQL as platform_setup leaves it."""

import os
from contextlib import closing

import pytest

from dev.stack import Stack
from genims.core.paths import ROOT
from genims.core.settings import settings
from tests.support import warm
from tests.support.servers import administrator, set_up_platform, source_owner, use
from tests.support.source_rows import SourceRows


@pytest.fixture(scope="session")
def tried(request) -> str | None:
    """The table or log whose cases alone are run, by ``make try``; None in all other runs."""
    return request.config.getoption("--try")


@pytest.fixture(scope="session")
def stack(tried):
    """The test stack, started here and stopped at the end; of tests side by side, each process has its own."""
    if tried:
        stack = warm.started()
    else:
        stack = Stack(ROOT / ".local" / "tests" / os.environ.get("PYTEST_XDIST_WORKER", "integration"), dotenv=None)
        stack.up(only=["mysql", "postgres"], sample_data=False)
    use(stack.env)
    yield stack
    if not tried:
        stack.down()


@pytest.fixture(scope="session")
def platform(stack, tried):
    """MySQL after platform_setup: its own tasks are run, one after the other."""
    if tried:
        warm.set_up(stack, tried)
    else:
        set_up_platform()
    return stack


@pytest.fixture(scope="session")
def source_server(stack) -> str:
    """Connection string of the source server's owner, without a database."""
    return source_owner(stack.env)


@pytest.fixture(scope="session")
def source_rows(source_server):
    """Writes rows into the sources, as their owner."""
    with closing(SourceRows(source_server)) as rows:
        yield rows


@pytest.fixture
def reporting(platform):
    """A session of the administrator in the reporting database, committing by itself."""
    with administrator(settings().mysql_reporting_db) as connection:
        yield connection
