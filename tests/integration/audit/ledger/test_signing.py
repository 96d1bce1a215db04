"""Who has the audit writer's password alone cannot make the ledger sign what they appended."""

from __future__ import annotations

from base64 import b64encode

import pytest

from genims.audit.evidence.stored_rows import fetch_blocks
from genims.audit.format import versions
from genims.audit.format.chained_tables import chained_tables
from genims.audit.format.signatures import Keys, signed_wrong
from genims.audit.ledger.signing import signing_keys
from genims.core.settings import settings
from tests.support.audit.second_form import SECOND_FORM
from tests.support.audit.writing import events, new_source, opened
from tests.support.faults.faults import environment
from tests.support.servers import administrator

KEY = b64encode(bytes(range(32))).decode()
NO_KEY = {"GENIMS_SIGNING_KEY": ""}


@pytest.fixture(autouse=True)
def key(platform):
    with environment(GENIMS_SIGNING_KEY=KEY):
        yield


@pytest.fixture
def name(platform):
    """A source database that is gone afterwards: what was signed here, nobody else can prove."""
    source = new_source()
    yield source
    with administrator(settings().mysql_audit_db) as connection, connection.cursor() as cursor:
        for table in (*chained_tables(), "audit_trail_completeness", "audit_sequence_manager"):
            cursor.execute(f"DELETE FROM {table} WHERE source_database = %s", (source,))


def blocks_of(source: str) -> list:
    with administrator(settings().mysql_audit_db) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM audit_trail_completeness WHERE source_database = %s ORDER BY block_number", (source,)
        )
        return fetch_blocks(cursor)


def is_signed(source: str) -> list[bool]:
    blocks = blocks_of(source)
    assert all(signed_wrong(block, signing_keys()) is None for block in blocks if block.signature)
    return [block.signature is not None for block in blocks]


def test_every_block_is_signed_also_over_events_that_a_former_writer_left_open(name):
    with opened(name) as book:
        book.append(events(3), seal=True)
        book.append(events(2, first=4))
    with opened(name) as book:
        book.append(events(2, first=6), seal=True)
    assert is_signed(name) == [True, True]


def test_events_from_before_the_key_stay_unsigned(name):
    with environment(**NO_KEY), opened(name) as book:
        book.append(events(3), seal=True)
        book.append(events(2, first=4))
    with opened(name) as book:
        book.append(events(2, first=6), seal=True)
    assert is_signed(name) == [False, False, True]


def test_open_events_appended_by_another_writer_are_not_signed(name):
    """Who has the password can take over the ledger, and leave its events open for the next writer to close."""
    with opened(name) as book:
        book.append(events(3), seal=True)
        book.append(events(2, first=4))
    with environment(**NO_KEY), opened(name) as forging:
        forging.append(events(2, first=6))
    with opened(name) as book:
        book.append(events(2, first=8), seal=True)
    assert is_signed(name) == [True, False, True]
    with environment(GENIMS_SIGNING_KEY=b64encode(bytes(32)).decode()), opened(name) as forging:
        forging.append(events(2, first=10))
    with opened(name) as book:
        book.append(events(1, first=12), seal=True)
    assert is_signed(name) == [True, False, True, False, True]


def test_a_key_that_cannot_be_read_holds_up_no_event(name):
    with environment(GENIMS_SIGNING_KEY="no key"), opened(name) as book:
        book.append(events(3), seal=True)
    assert is_signed(name) == [False]


def test_a_changed_key_takes_over_while_the_former_one_is_trusted(name):
    former, new = Keys.parse(KEY, None), b64encode(bytes(range(1, 33))).decode()
    with opened(name) as book:
        book.append(events(2), seal=True)
        book.append(events(2, first=3))
    with environment(GENIMS_SIGNING_KEY=new, GENIMS_SIGNING_PUBLIC_KEYS=former.own.text):
        with opened(name) as book:
            book.append(events(2, first=5), seal=True)
        assert is_signed(name) == [True, True]


def test_open_events_of_a_former_version_are_closed_as_that(name, monkeypatch):
    with opened(name) as book:
        book.append(events(3))
    monkeypatch.setitem(versions.FORMS, 2, SECOND_FORM)
    monkeypatch.setattr(versions, "FORMAT", 2)
    with opened(name) as book:
        book.append(events(2, first=4), seal=True)
        book.append(events(2, first=6))
    with opened(name) as book:
        book.append(events(2, first=8), seal=True)
    blocks = blocks_of(name)
    assert [(block.event_count, block.format_version, versions.version_of(block)) for block in blocks] == [
        (3, 1, 1),
        (2, 2, 2),
        (4, 2, 2),
    ]
