"""MySQL's own client on PATH, a container of its own for each test, and a database to back up."""

from __future__ import annotations

import os

import pytest

from dev.stack.mysql_programs import WRAPPERS
from tests.support.audit.backups import forget_anchors
from tests.support.backup import AwkwardDatabase
from tests.support.containers import new_container
from tests.support.faults.faults import environment


@pytest.fixture(scope="session")
def servers(platform):
    """MySQL as platform_setup leaves it, and Azurite."""
    platform.up(only=["azurite"], sample_data=False)
    return platform


@pytest.fixture
def container(servers):
    """Empty containers for backups and anchors."""
    path = f"{WRAPPERS}{os.pathsep}{os.environ['PATH']}"
    with environment(GENIMS_BACKUP_CONTAINER=new_container(), GENIMS_ANCHOR_CONTAINER=new_container(), PATH=path):
        forget_anchors()
        yield os.environ["GENIMS_BACKUP_CONTAINER"]
        forget_anchors()


@pytest.fixture
def awkward(container):
    """In the place of the reporting database, one with everything that is hard to dump."""
    database = AwkwardDatabase()
    database.create()
    with environment(MYSQL_REPORTING_DB=database.name):
        yield database
    database.drop()
