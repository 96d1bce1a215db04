"""The role that reads the sources: the listed tables, and nothing else."""

import os
import re

import psycopg
import pytest

from genims.core import connections
from genims.core.paths import SOURCE_SCHEMAS
from genims.core.sources import SOURCES
from genims.hooks.postgres import connect
from genims.setup.reader_rights import grants, script


@pytest.fixture
def reader(stack):
    """A session of the reader in the ERP database."""
    with connect(connections.connection("genims_erp"), "test") as session:
        yield session


@pytest.mark.parametrize(
    "act",
    [
        "SELECT rolpassword FROM pg_authid",
        "SELECT query FROM pg_stat_activity WHERE query = 'secret' OR pg_read_file('/etc/passwd') = ''",
        "SELECT * FROM public.unlisted",
        "INSERT INTO public.materials DEFAULT VALUES",
        "DELETE FROM public.materials",
        "CREATE ROLE other",
        "COPY (SELECT 1) TO PROGRAM 'id'",
    ],
)
def test_every_other_act_is_refused(reader, source_server, act):
    with psycopg.connect(source_server, dbname=SOURCES["erp"], autocommit=True) as owner:
        owner.execute("CREATE TABLE public.unlisted (secret text)")
        try:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(act)
        finally:
            owner.execute("DROP TABLE public.unlisted")


def test_the_listed_tables_are_readable(stack):
    listed = re.compile(r"^CREATE TABLE IF NOT EXISTS (\w+)", re.MULTILINE)
    for name, database in SOURCES.items():
        with connect(connections.connection(connections.source_id(name)), "test") as session:
            for table in listed.findall((SOURCE_SCHEMAS / f"{database}.sql").read_text()):
                session.execute(f"SELECT FROM public.{table} LIMIT 1")


def test_the_script_is_for_every_source(stack):
    lines = script().splitlines()
    connected = [line for line in lines if line.startswith("\\connect")]
    assert connected == [f"\\connect {name}" for name in SOURCES.values()]
    assert all(os.environ["POSTGRES_USERNAME"] in line for line in lines if line.startswith("GRANT"))


def test_a_name_with_quotes_is_a_name():
    assert grants('a"b', "genims_erp_db")[0] == 'GRANT USAGE ON SCHEMA public TO "a""b"'
