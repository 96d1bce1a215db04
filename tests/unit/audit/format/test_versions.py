"""Versions: a block is hashed by its own, and the first one hashes as it always has."""

from datetime import datetime

import pytest

from genims.audit.evidence import rules
from genims.audit.format import canonical, merkle, versions
from genims.audit.format.block import COLUMNS, NO_BLOCK, Block
from genims.audit.format.versions import hashes_of, sealed, version_of
from tests.support.audit.second_form import SECOND_FORM

LEAVES = [merkle.leaf_hash(b"one"), merkle.leaf_hash(b"two")]


def block(number: int = 1, previous: bytes = NO_BLOCK, version: int = 1) -> Block:
    """A block of two events."""
    return sealed(
        Block(
            source_database="erp",
            block_number=number,
            audit_timestamp=datetime(2026, 1, 1, 0, 0, 40, 500_000),
            opened_at=datetime(2026, 1, 1),
            first_audit_sequence=2 * number - 1,
            last_audit_sequence=2 * number,
            event_count=2,
            table_rows="system_audit_log:2",
            merkle_root=merkle.root(LEAVES),
            previous_block_hash=previous,
            block_hash=b"",
            leaves=b"".join(LEAVES),
            format_version=version,
        )
    )


@pytest.fixture
def second_form(monkeypatch):
    monkeypatch.setitem(versions.FORMS, 2, SECOND_FORM)


def kinds(*blocks: Block) -> list[str]:
    return [found.kind for found in rules.check_chain(None, list(blocks), None)]


def test_a_block_of_version_1_keeps_its_hash():
    assert block().block_hash.hex() == "cbbc1fd90a10888ada5f75ccc3797bbbc391be9fac4af84383e5a04b93fc8394"


def test_the_schema_names_and_orders_the_fields():
    assert COLUMNS.startswith("source_database, block_number, audit_timestamp, opened_at, ")
    assert COLUMNS.endswith(", block_hash, leaves, format_version, signature")


def test_what_is_written_has_a_form():
    assert versions.written_form() is versions.FORMS[versions.FORMAT]
    assert versions.FORMS[1].row_hash is canonical.row_hash


def test_a_block_of_version_1_is_verified_by_it_once_there_is_a_version_2(second_form):
    first = block()
    second = block(2, first.block_hash, version=2)
    assert (version_of(first), version_of(second)) == (1, 2)
    assert kinds(first, second) == []


def test_another_version_than_that_of_its_hash_is_an_alteration(second_form):
    for version in (1, 2):
        (found,) = rules.check_chain(None, [block(version=version)._replace(format_version=3 - version)], None)
        assert found.kind == "altered"
        assert found.detail == f"its format_version is {3 - version}, its block_hash of {version}"


def test_an_unknown_version_is_named():
    (found,) = rules.check_chain(None, [block()._replace(format_version=9, block_hash=bytes(32))], None)
    assert (found.kind, found.table, found.first) == ("unknown", "audit_trail_completeness", 1)
    assert "expected a format version of 1, found 9" in found.detail


def test_a_hash_of_no_version_is_an_alteration(second_form):
    assert kinds(block()._replace(table_rows="system_audit_log:3")) == ["altered"]
    assert version_of(block()._replace(block_hash=bytes(32))) is None


def test_an_anchor_may_be_of_any_version(second_form):
    anchored = block(version=2)
    altered = anchored._replace(block_hash=bytes(32))
    assert list(hashes_of(altered)) == [2, 1]
    assert list(rules.check_anchors("erp", [altered], [(1, anchored.block_hash)])) == []
    assert [found.kind for found in rules.check_anchors("erp", [altered], [(1, bytes([7] * 32))])] == ["altered"]
