"""Signatures of blocks and of open events: Ed25519, with a key that the database never sees.

Whoever has the audit writer's password can append rows with all their hashes right. They cannot sign.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from genims.audit.format.block import Block

KEY_BYTES = 32
ID_BYTES = 8
# A signature that is made for one purpose is none for another.
BLOCK, OPEN = b"genims block\n", b"genims open events\n"
PUBLIC_KEY = re.compile(r"(?P<key>[A-Za-z0-9+/]{43}=)(@(?P<first>\d{4}-\d\d-\d\d)?\.\.(?P<last>\d{4}-\d\d-\d\d)?)?")


@dataclass(frozen=True)
class PublicKey:
    """A key that proves signatures.

    :param raw: its 32 bytes.
    :param first: first day (UTC) of its signatures; None without a beginning.
    :param last: last day; None while it is in use.
    """

    raw: bytes
    first: date | None = None
    last: date | None = None

    @cached_property
    def id(self) -> bytes:
        """What a signature names it by: the beginning of its SHA-256."""
        return sha256(self.raw).digest()[:ID_BYTES]

    @cached_property
    def loaded(self) -> Ed25519PublicKey:
        """The key, ready to prove."""
        return Ed25519PublicKey.from_public_bytes(self.raw)

    @property
    def text(self) -> str:
        """How settings name it: ``KEY@FIRST..LAST`` or ``KEY``."""
        days = f"@{self.first or ''}..{self.last or ''}" if self.first or self.last else ""
        return b64encode(self.raw).decode() + days

    def covers(self, day: date) -> bool:
        """Whether it signed on a day."""
        return (self.first or date.min) <= day <= (self.last or date.max)


class Keys:
    """The key that signs, and all that prove.

    :param private: the key that signs, 32 bytes; None where nothing is signed.
    :param public: keys of former and coming times, and of other signers. Days may overlap while a key is changed.
    """

    def __init__(self, private: bytes | None = None, public: tuple[PublicKey, ...] = ()):
        self._private = Ed25519PrivateKey.from_private_bytes(private) if private else None
        own = (PublicKey(self._private.public_key().public_bytes_raw()),) if self._private else ()
        # The days of the own key count too, if they are named.
        self.public = {key.id: key for key in (*own, *public)}
        self._own_id = own[0].id if own else b""

    @classmethod
    def parse(cls, private: str | None, public: str | None) -> Keys:
        """Keys as settings name them.

        :param private: 32 bytes in base64, or None.
        :param public: ``KEY@FIRST..LAST``, separated by commas; the days (UTC) may be left out.
        :raises ValueError: a text that is no key.
        """
        return cls(_raw_key(private) if private else None, _public_keys(public or ""))

    def __bool__(self) -> bool:
        """Whether signatures can be proven."""
        return bool(self.public)

    @property
    def own(self) -> PublicKey | None:
        """The key that proves what is signed here."""
        return self.public.get(self._own_id)

    @property
    def first_day(self) -> date | None:
        """The first day from which everything must be signed; None if no key names one."""
        return min((key.first for key in self.public.values() if key.first), default=None)

    def sign(self, message: bytes) -> bytes | None:
        """The signature of a message with the id of its key before it; None where nothing is signed."""
        return self._own_id + self._private.sign(message) if self._private else None

    def what_is_wrong(self, signature: bytes, message: bytes, day: date | None) -> str | None:
        """Why a signature proves nothing; None if it is right.

        :param signature: what ``sign`` returned.
        :param day: when it was made, UTC; None where any day will do.
        """
        key = self.public.get(signature[:ID_BYTES])
        if key is None:
            return f"is signed with a key that is not known here, {signature[:ID_BYTES].hex()}"
        try:
            key.loaded.verify(signature[ID_BYTES:], message)
        except InvalidSignature:
            return "its signature is not of its values"
        if day and not key.covers(day):
            return f"is signed with key {key.id.hex()}, which signed {key.first or 'ever'} to {key.last or 'now'} alone"
        return None


def of_block(block: Block) -> bytes:
    """What is signed of a closed block: its ``block_hash``, which covers all the rest."""
    return BLOCK + block.block_hash


def of_open_events(source: str, block_hash: bytes, last_sequence: int, leaves: list[bytes]) -> bytes:
    """What is signed of the events behind the last block.

    :param block_hash: of that block.
    :param last_sequence: the last number given.
    :param leaves: leaf hashes of these events, in order.
    """
    return OPEN + f"{source}\n{last_sequence}\n".encode() + block_hash + sha256(b"".join(leaves)).digest()


def signed(block: Block, keys: Keys) -> Block:
    """The block with its signature; as it is where nothing is signed.

    :param block: a closed block.
    :param keys: sign it, or do not where none is set.
    """
    return block._replace(signature=keys.sign(of_block(block)))


def signed_wrong(block: Block, keys: Keys) -> str | None:
    """Why the signature of a block proves nothing; None if it is right.

    :param block: a stored block.
    :param keys: the trusted keys, each with its days.
    """
    made: datetime = block.audit_timestamp
    return keys.what_is_wrong(block.signature, of_block(block), made.date())


def _raw_key(text: str) -> bytes:
    try:
        raw = b64decode(text.strip(), validate=True)
    except ValueError as error:
        raise ValueError("the signing key: expected 32 bytes in base64, found other characters") from error
    if len(raw) != KEY_BYTES:
        raise ValueError(f"the signing key: expected 32 bytes in base64, found {len(raw)}")
    return raw


def _public_keys(text: str) -> tuple[PublicKey, ...]:
    keys = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = PUBLIC_KEY.fullmatch(part)
        if match is None:
            raise ValueError(f"public keys: expected KEY@FIRST..LAST or KEY, separated by commas, found {part!r}")
        first, last = (date.fromisoformat(match[name]) if match[name] else None for name in ("first", "last"))
        keys.append(PublicKey(_raw_key(match["key"]), first, last))
    return tuple(keys)
