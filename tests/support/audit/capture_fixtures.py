"""What the tests of change capture start from."""

import pytest

from tests.support.audit.capture_database import ITEM, capture_database, role


@pytest.fixture(scope="module")
def database(stack, source_server):
    env = stack.env
    owner = env["STACK_POSTGRES_OWNER"], env["STACK_POSTGRES_OWNER_PASSWORD"]
    with (
        role(source_server, "capture_stranger"),
        capture_database(source_server, "genims_capture_test", *owner) as database,
    ):
        database.create(ITEM, "item")
        yield database


@pytest.fixture
def item(database):
    """An empty captured table of three columns."""
    database.owner.execute("TRUNCATE item")
    database.events()
    return database
