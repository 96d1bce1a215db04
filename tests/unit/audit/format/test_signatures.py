"""Signatures: whose they are, of what, and when."""

from __future__ import annotations

from base64 import b64encode
from datetime import date

import pytest

from genims.audit.format.signatures import Keys, of_open_events

DAY = date(2026, 6, 1)
OLD, NEW = bytes(range(32)), bytes(range(1, 33))


def keys(private: bytes | None, *public: str) -> Keys:
    return Keys.parse(b64encode(private).decode() if private else None, ",".join(public))


def test_a_signature_proves_its_message_alone():
    signer = keys(NEW)
    signature = signer.sign(b"this")
    assert len(signature) == 72
    assert signer.what_is_wrong(signature, b"this", DAY) is None
    assert "not of its values" in signer.what_is_wrong(signature, b"that", DAY)
    assert "not of its values" in signer.what_is_wrong(signature[:-1] + b"\0", b"this", DAY)
    assert "not known" in keys(OLD).what_is_wrong(signature, b"this", DAY)


def test_the_public_key_alone_proves_and_signs_nothing():
    auditor = keys(None, keys(NEW).own.text)
    assert auditor.what_is_wrong(keys(NEW).sign(b"this"), b"this", DAY) is None
    assert (auditor.sign(b"this"), auditor.own, bool(auditor)) == (None, None, True)
    assert not keys(None)


@pytest.mark.parametrize(
    ("days", "is_right"),
    [
        ("", True),
        ("@..2026-06-01", True),
        ("@2026-06-01..", True),
        ("@2026-01-01..2026-12-31", True),
        ("@..2026-05-31", False),
        ("@2026-06-02..", False),
    ],
)
def test_a_former_key_counts_for_its_days(days, is_right):
    signature = keys(OLD).sign(b"this")
    why = keys(NEW, keys(OLD).own.text + days).what_is_wrong(signature, b"this", DAY)
    assert (why is None) == is_right, why


def test_the_days_of_the_own_key_count_if_they_are_named():
    signer = keys(NEW, keys(NEW).own.text + "@2026-06-02..")
    assert signer.first_day == date(2026, 6, 2)
    assert "signed 2026-06-02 to now alone" in signer.what_is_wrong(signer.sign(b"this"), b"this", DAY)


@pytest.mark.parametrize("text", ["short", b64encode(bytes(31)).decode(), "ä" * 44])
def test_what_is_no_key_is_refused(text):
    with pytest.raises(ValueError, match="expected 32 bytes in base64"):
        Keys.parse(text, None)
    with pytest.raises(ValueError, match=r"expected KEY@FIRST\.\.LAST"):
        Keys.parse(None, text)


def test_the_statement_on_open_events_covers_all_that_they_are():
    said = of_open_events("erp", bytes(32), 7, [bytes(32)])
    others = [
        of_open_events("hr", bytes(32), 7, [bytes(32)]),
        of_open_events("erp", bytes(31) + b"1", 7, [bytes(32)]),
        of_open_events("erp", bytes(32), 8, [bytes(32)]),
        of_open_events("erp", bytes(32), 7, [bytes(32), bytes(32)]),
    ]
    assert said not in others
