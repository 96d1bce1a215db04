"""A container of Blob Storage for each test, and a database that knows of no other."""

import pytest

from genims.core.settings import settings
from tests.support.audit.backups import forget_anchors, remove
from tests.support.audit.writing import new_source
from tests.support.containers import new_container
from tests.support.faults.faults import environment
from tests.support.servers import administrator


@pytest.fixture
def container(platform):
    """An empty container for anchors."""
    platform.up(only=["azurite"], sample_data=False)
    name = new_container()
    with environment(GENIMS_ANCHOR_CONTAINER=name):
        forget_anchors()
        yield name
        forget_anchors()


@pytest.fixture
def name(platform):
    """A source database that is gone afterwards."""
    source = new_source()
    yield source
    with administrator(settings().mysql_audit_db) as connection:
        remove(connection, source)
