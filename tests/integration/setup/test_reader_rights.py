"""The role that reads the sources: the listed tables, and nothing else."""

import os
import re

import psycopg
import pytest

from genims.audit.capture.install import install
from genims.core import connections
from genims.core.errors import PlatformError
from genims.core.paths import SOURCE_SCHEMAS
from genims.core.sources import SOURCES
from genims.hooks.postgres import connect
from genims.setup.reader_rights import grants, script
from genims.setup.verify import verify


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


TOO_MUCH = {
    "GRANT pg_read_all_data TO {reader}": "is a member of pg_read_all_data",
    "CREATE TABLE public.unlisted (secret text); GRANT SELECT (secret) ON public.unlisted TO {reader}":
        "may SELECT from public.unlisted",
    "GRANT UPDATE (material_name) ON public.materials TO {reader}": "may UPDATE on public.materials",
    "GRANT DELETE ON public.materials TO {reader}": "may DELETE on public.materials",
    "GRANT UPDATE ON genims_audit.event TO {reader}": "may UPDATE on genims_audit.event",
    "GRANT CREATE ON SCHEMA public TO {reader}": "may create in schema public",
    "ALTER ROLE {reader} CREATEROLE": "has CREATEROLE",
}  # fmt: skip


@pytest.mark.usefixtures("platform")
def test_verify_names_each_right_too_many(source_server):
    reader = os.environ["POSTGRES_USERNAME"]
    verify()
    with psycopg.connect(source_server, dbname=SOURCES["erp"]) as owner:
        for statement in TOO_MUCH:
            owner.execute(statement.format(reader=reader))
        owner.commit()
        try:
            with pytest.raises(PlatformError) as refused:
                verify()
        finally:
            owner.execute("DROP TABLE public.unlisted")
            owner.execute(f"REVOKE pg_read_all_data FROM {reader}; ALTER ROLE {reader} NOCREATEROLE")
            owner.execute(
                f"REVOKE CREATE ON SCHEMA public FROM {reader}; REVOKE UPDATE ON genims_audit.event FROM {reader}"
            )
            owner.execute(f"REVOKE DELETE, UPDATE (material_name) ON public.materials FROM {reader}")
            owner.commit()
            install("erp")
    for found in TOO_MUCH.values():
        assert f"source {SOURCES['erp']}: {reader} {found}: expected no such right" in str(refused.value)
    verify()
