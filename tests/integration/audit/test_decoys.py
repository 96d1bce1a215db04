"""Nothing that others create in a source is run by a session of ours, whatever its name and whatever path is set.

The attack that this was made of: a role that may create in ``public`` made ``public.pg_advisory_lock(integer)``, which
platform_setup ran as the owner of the capture.
"""

from __future__ import annotations

from contextlib import closing

import psycopg
import pytest

from genims.audit.capture.install import install, remove
from genims.audit.capture.problems import problems
from genims.audit.drift.source_rights import record_rights
from genims.audit.forms import source_moves
from genims.audit.stream import capture_watch, cross_check
from genims.core.errors import PlatformError
from genims.core.sources import SOURCES
from genims.setup.verify import verify
from tests.support.audit.capture_database import STANDS_FOR
from tests.support.audit.streaming import WAITING, events_after, last_sequence, state, streaming
from tests.support.decoys import called_names, decoys
from tests.support.faults.faults import until
from tests.support.tasks import load_context, run

pytest_plugins = ["tests.support.audit.capture_fixtures"]

# Every way that a trigger writes events: one row, many, long ones, masked, of partitions, row by row, truncated.
CHANGES = """
INSERT INTO public.item VALUES (1, 'a', 1), (2, 'b', 2);
UPDATE public.item SET price = 3;
INSERT INTO public.person VALUES (1, 'secret', 'x'), (2, 'secret', 'y');
UPDATE public.person SET note = pg_catalog.repeat('long', 200000);
UPDATE public.person SET number = 'other';
INSERT INTO public.part VALUES (1, 'a'), (11, 'b');
UPDATE public.part SET id = 12 WHERE name OPERATOR(pg_catalog.=) 'a';
INSERT INTO public.child VALUES (1, 'a', 'of its own');
UPDATE public.parent SET name = 'b';
INSERT INTO public.item SELECT n, 'many', 1 FROM pg_catalog.generate_series(10, 2000) AS n;
DELETE FROM public.item;
TRUNCATE public.person;
ALTER TABLE public.item ADD COLUMN colour pg_catalog.text;
ALTER TABLE public.item DROP COLUMN colour;
GRANT SELECT ON public.item TO capture_stranger;
"""


@pytest.fixture(scope="module")
def captured(platform, database, source_server):
    """A database with every kind of captured table, and decoys."""
    create, owner = database.create, database.owner.execute
    create("CREATE TABLE person (id int PRIMARY KEY, number text, note text)", "person", mask={"number"})
    create("CREATE TABLE part (id int, name text) PARTITION BY RANGE (id)", "part", mask={"name"})
    owner("CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (10)")
    owner("CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM (10) TO (20)")
    create("CREATE TABLE parent (id int, name text)", "parent")
    owner("CREATE TABLE child (own text) INHERITS (parent)")
    with decoys(source_server, database.name) as made:
        install(STANDS_FOR)
        yield made
        remove(STANDS_FOR)


@pytest.fixture
def quick(monkeypatch):
    for module, name, seconds in (
        (capture_watch, "FIRST_CHECK_SECONDS", -100), (capture_watch, "CHECK_SECONDS", 0.3),
        (cross_check, "LOOK_SECONDS", 0.05), (cross_check, "IDLE_SECONDS", 0.1), (cross_check, "ROUND_SECONDS", 0.3),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, seconds)


def test_every_function_that_we_call_has_a_decoy_that_a_careless_session_runs(captured, source_server, database):
    called = called_names() & captured.functions("pg_catalog")
    assert len(called) > 80 and called <= captured.functions()
    for options in ("", "-c search_path=pg_catalog,public"):
        before = captured.ran()
        session = closing(psycopg.connect(source_server, dbname=database.name, options=options))
        with session as careless, pytest.raises(psycopg.errors.RaiseException, match="the decoy"):
            careless.execute("SELECT pg_advisory_lock(hashtext('genims_audit'))")
        assert captured.ran() == before + 1


def test_capture_runs_none_of_them(captured, database):
    before = captured.ran()
    with closing(database.connect()) as application:
        for change in CHANGES.strip().split(";\n"):
            application.execute(change)
    events = database.events()
    assert {event.op for event in events} == set("IUDTBSP")
    # Put right what was altered, as platform_setup does; look for what is wrong, as the stream does.
    database.owner.execute("ALTER TABLE genims_audit.event ALTER app_user DROP DEFAULT, ADD COLUMN more text")
    assert "columns of event was altered" in problems(STANDS_FOR)
    install(STANDS_FOR)
    assert problems(STANDS_FOR) == [f"role {captured.maker} may create in schema public"]
    remove(STANDS_FOR)
    install(STANDS_FOR)
    assert captured.ran() == before


CAST = """
CREATE SCHEMA strange AUTHORIZATION capture_stranger;
SET ROLE capture_stranger;
CREATE TYPE strange.mood AS ENUM ('good', 'bad');
CREATE FUNCTION strange.run(strange.mood) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'the cast was run'; END $$;
CREATE CAST (strange.mood AS text) WITH FUNCTION strange.run(strange.mood);
RESET ROLE
"""


@pytest.mark.parametrize("masked", ["mood", "note"])
def test_no_cast_that_the_owner_of_a_type_has_made_is_run(database, masked):
    database.owner.execute(CAST)
    database.create(
        "CREATE TABLE public.visitor (mood strange.mood PRIMARY KEY, note text) PARTITION BY LIST (mood)",
        "visitor",
        mask={masked},
    )
    try:
        for mood in ("good", "bad"):
            database.owner.execute(f"CREATE TABLE visitor_{mood} PARTITION OF visitor FOR VALUES IN ('{mood}')")
        database.events()
        database.owner.execute("INSERT INTO visitor VALUES ('good', 'x'), ('bad', NULL)")
        database.owner.execute("UPDATE visitor SET note = repeat('long', 300000)")
        database.owner.execute("DELETE FROM visitor")
        assert {event.op for event in database.events()} == set("IUD")
    finally:
        database.owner.execute("DROP TABLE visitor; DROP SCHEMA strange CASCADE")
        del database.tables["visitor"], database.declared["visitor"]
        install(STANDS_FOR)
        database.events()


@pytest.mark.usefixtures("platform", "quick")
def test_the_stream_and_the_comparisons_run_none_of_them(captured, database):
    before, number = captured.ran(), last_sequence(STANDS_FOR)
    with streaming(STANDS_FOR) as stream, closing(database.connect()) as application:
        until(lambda: state(stream, STANDS_FOR) == "streaming", 5)
        application.execute("INSERT INTO public.item VALUES (1, 'a', 1)")
        until(lambda: any(event["operation"] == "INSERT" for event in events_after(STANDS_FOR, number)))
        until(lambda: database.owner.execute(WAITING).fetchone() == (0,))
    record_rights("test")
    assert source_moves._state(STANDS_FOR)
    assert captured.ran() == before


@pytest.mark.usefixtures("platform")
def test_loads_checks_and_reconciliation_run_none_of_them(source_server):
    with decoys(source_server, SOURCES["erp"]) as made:
        with pytest.raises(PlatformError, match="may SELECT from decoys"):
            verify()
        context = load_context()
        for table in ("sales_order_summary", "trial_balance_daily"):
            run("reporting_nightly", table, **context)
            run("reporting_nightly", f"reconcile.{table}", **context)
        run("audit_logs", "approvals", **context)
        assert made.ran() == 0
    install("erp")
