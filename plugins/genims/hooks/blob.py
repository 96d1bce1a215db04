"""Azure Blob Storage, where nothing is overwritten: a blob is written once, or added to at its end.

Azure's client and its errors end here. What comes out are the ``Blob...`` errors of ``genims.core.errors``.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import CONFLICT, FORBIDDEN, PRECONDITION_FAILED, REQUESTED_RANGE_NOT_SATISFIABLE, UNAUTHORIZED

from airflow.providers.microsoft.azure.hooks.wasb import WasbHook
from airflow.sdk import Connection
from azure.core import MatchConditions
from azure.core.exceptions import AzureError, HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import (
    BlobBlock,
    BlobProperties,
    ContainerClient,
    ImmutabilityPolicy,
    RehydratePriority,
    StandardBlobTier,
    StorageErrorCode,
)

from genims.core import connections
from genims.core.errors import (
    BlobArchived,
    BlobClosed,
    BlobEndMoved,
    BlobExists,
    BlobHeld,
    BlobMissing,
    BlobRefused,
    BlobStorageError,
    ContainerMissing,
)

# Of a blob in the making, this many blocks are on their way at once: they are what is held in memory.
BLOCKS_AT_ONCE = 3
# Blob Storage asks for a pause, or does not answer: how long to wait before each further try, in seconds.
PAUSES = (0.5, 2, 8, 20)
# Azure's words for a blob that a policy or a legal hold protects.
HELD = ("BlobImmutableDueToPolicy", "BlobImmutableDueToLegalHold", "BlobHasLegalHold", "ContainerImmutableDueToPolicy")
ARCHIVED = ("BlobArchived", "BlobBeingRehydrated")
# And for one to which nothing can be added any more.
CLOSED = ("InvalidBlobType", "BlockCountExceedsLimit", "BlobIsSealed")


@dataclass(frozen=True)
class BlobFacts:
    """What Blob Storage says of a blob.

    :param size: in bytes.
    :param tier: Hot, Cool, Cold or Archive; None where the account has no tiers.
    :param rehydrating: whether it is on its way out of the archive.
    :param modified_at: when it was written, UTC.
    :param tiered_at: when its tier was changed last, UTC; None if never.
    :param metadata: what its writer noted, by name.
    """

    name: str
    size: int
    tier: str | None
    rehydrating: bool
    modified_at: datetime
    tiered_at: datetime | None
    metadata: dict[str, str]

    @property
    def readable(self) -> bool:
        """Whether it can be read now: what is archived takes hours."""
        return self.tier != "Archive"


class _AzureHook(WasbHook):
    """Airflow's WasbHook with our connection: AZURE_STORAGE_CONNECTION_STRING, else the connection genims_blob."""

    def __init__(self):
        super().__init__(wasb_conn_id=connections.BLOB)

    @classmethod
    def get_connection(cls, conn_id: str) -> Connection:
        return connections.connection(conn_id)


class BlobContainer:
    """A container, made where it is missing.

    Every method raises BlobStorageError where Blob Storage does not answer, and BlobRefused where it will not serve us.

    :param name: its name, 3 to 63 small letters, digits and hyphens.
    :raises airflow.sdk.exceptions.AirflowNotFoundException: no connection to Blob Storage is set.
    """

    def __init__(self, name: str):
        self.name = name
        self._client: ContainerClient = _AzureHook().get_conn().get_container_client(name)
        self.make()

    def make(self) -> None:
        """Make the container where it is missing."""
        with self._translated_errors("the container"), suppress(ResourceExistsError):
            self._client.create_container()

    def append_at(self, name: str, position: int, data: bytes) -> None:
        """Add to the end of a blob; at position 0 the blob is made where it is missing.

        :param name: the blob.
        :param position: where the blob is believed to end, in bytes.
        :param data: at most 4 MiB; Azure takes 50,000 appends to one blob.
        :raises BlobEndMoved: the blob ends elsewhere: somebody appended, or this is a repetition whose first answer was
            lost. Nothing was added.
        :raises BlobMissing: there is no such blob, and ``position`` is not 0.
        :raises BlobClosed: it takes no more.
        """
        blob = self._client.get_blob_client(name)
        with self._translated_errors(name):
            if position == 0:
                with suppress(ResourceExistsError):
                    blob.create_append_blob(match_condition=MatchConditions.IfMissing)
            try:
                blob.append_block(data, appendpos_condition=position)
            except HttpResponseError as error:
                if error.error_code in CLOSED:
                    raise BlobClosed(
                        f"{self._place(name)}: expected a blob to add to, found one that takes no more "
                        f"({error.error_code}). Find out who replaced, sealed or filled it"
                    ) from error
                # Not by the status: a blob that somebody has leased has the same.
                if error.error_code != StorageErrorCode.APPEND_POSITION_CONDITION_NOT_MET:
                    raise
                raise BlobEndMoved(
                    f"{self._place(name)}: expected its end at byte {position}, found it elsewhere; nothing was added. "
                    f"Read on from byte {position}, then append what is not there yet"
                ) from error

    def put_new(self, name: str, data: bytes) -> None:
        """Write a blob that does not exist yet.

        :param name: of the blob, below the container.
        :param data: all of its bytes.
        :raises BlobExists: it does; it was left unchanged.
        """
        with self._translated_errors(name):
            try:
                self._client.upload_blob(name, data, overwrite=False)
            except ResourceExistsError as error:
                raise BlobExists(
                    f"{self._place(name)}: expected no such blob, found one, which was left unchanged. "
                    "Write under another name"
                ) from error

    def new_blob(self, name: str) -> NewBlob:
        """A block blob in the making, which nobody sees before it is committed; use it in a ``with`` statement."""
        return NewBlob(self, name)

    def read_from(self, name: str, position: int = 0, length: int | None = None) -> bytes:
        """What a blob holds from a position on; nothing where it ends there or before.

        :param position: in bytes.
        :param length: how many bytes at most; None for all.
        :raises BlobMissing: there is no such blob.
        :raises BlobArchived: it is in the archive.
        """
        with self._translated_errors(name):
            try:
                return self._client.download_blob(name, offset=position, length=length).readall()
            except HttpResponseError as error:
                if error.status_code != REQUESTED_RANGE_NOT_SATISFIABLE:
                    raise
                return b""

    def size(self, name: str) -> int:
        """The size of a blob, in bytes.

        :raises BlobMissing: there is no such blob.
        """
        with self._translated_errors(name):
            return self._client.get_blob_client(name).get_blob_properties().size

    def names(self, prefix: str = "") -> Iterator[str]:
        """The names of the blobs that begin with ``prefix``, in order."""
        with self._translated_errors(f"{prefix}*"):
            yield from self._client.list_blob_names(name_starts_with=prefix)

    def chunks(self, name: str, size: int) -> Iterator[bytes]:
        """What a blob holds, in pieces; a piece that does not arrive is asked for again.

        :param size: of a piece, in bytes.
        :raises BlobMissing: there is no such blob.
        :raises BlobArchived: it is in the archive.
        """
        position = 0
        with ThreadPoolExecutor(1) as ahead:

            def fetch(position: int) -> Future[bytes]:
                return ahead.submit(_again, lambda: self.read_from(name, position, size))

            coming = fetch(0)
            while piece := coming.result():
                position += len(piece)
                coming = fetch(position)
                yield piece

    def facts(self, prefix: str = "") -> list[BlobFacts]:
        """What there is to know of the blobs that begin with ``prefix``, in order of their names."""
        with self._translated_errors(f"{prefix}*"):
            return [_facts(each) for each in self._client.list_blobs(name_starts_with=prefix, include=["metadata"])]

    def delete(self, name: str) -> None:
        """Delete a blob, if it is there.

        :raises BlobHeld: a retention policy or a legal hold protects it.
        """
        with self._translated_errors(name), suppress(ResourceNotFoundError):
            self._client.delete_blob(name)

    def set_tier(self, name: str, tier: str) -> None:
        """Move a blob to another tier; out of the archive this takes up to 15 hours.

        :param tier: Hot, Cool, Cold or Archive.
        """
        with self._translated_errors(name):
            priority = RehydratePriority.HIGH if tier == "Hot" else None
            self._client.get_blob_client(name).set_standard_blob_tier(
                StandardBlobTier(tier), rehydrate_priority=priority
            )

    def takes_policies(self) -> bool:
        """Whether blobs of this container can be made immutable one by one (version-level immutability)."""
        with self._translated_errors("the container"):
            return bool(self._client.get_container_properties().immutable_storage_with_versioning_enabled)

    def keep_until(self, name: str, until: datetime) -> None:
        """Let nobody delete or overwrite a blob before a time.

        :param until: UTC, without time zone.
        """
        with self._translated_errors(name):
            policy = ImmutabilityPolicy(expiry_time=until.replace(tzinfo=UTC), policy_mode="Unlocked")
            self._client.get_blob_client(name).set_immutability_policy(policy)

    def hold(self, name: str) -> None:
        """Let nobody delete or overwrite a blob before the legal hold is taken off by hand."""
        with self._translated_errors(name):
            self._client.get_blob_client(name).set_legal_hold(True)

    def _place(self, name: str) -> str:
        return f"container {self.name}, {name}"

    @contextmanager
    def _translated_errors(self, name: str) -> Iterator[None]:
        """Azure's errors as ours.

        :param name: the blob, for the message.
        """
        try:
            yield
        except ResourceNotFoundError as error:
            if error.error_code != StorageErrorCode.BLOB_NOT_FOUND:
                raise ContainerMissing(
                    f"{self._place(name)}: expected the container, found none: it was removed a moment ago. Find out "
                    "who did; the next run makes it again, empty"
                ) from error
            raise BlobMissing(
                f"{self._place(name)}: expected a blob, found none. If it was there before, restore it from soft delete"
            ) from error
        except HttpResponseError as error:
            if error.error_code in HELD:
                raise BlobHeld(
                    f"{self._place(name)}: a retention policy or a legal hold protects it ({error.error_code}). It may "
                    "be deleted later"
                ) from error
            if error.error_code in ARCHIVED:
                raise BlobArchived(
                    f"{self._place(name)}: expected a blob that can be read, found one in the archive. Move it to the "
                    "tier Hot, which takes up to 15 hours; the form restore does that"
                ) from error
            if error.status_code not in (UNAUTHORIZED, FORBIDDEN):
                raise BlobStorageError(f"{self._place(name)}: {_first_line(error)}. Try again") from error
            raise BlobRefused(
                f"{self._place(name)}: expected to be let in, found {_first_line(error)}. Check the key or role of "
                "AZURE_STORAGE_CONNECTION_STRING (or connection genims_blob), and the container's policies"
            ) from error
        except AzureError as error:
            raise BlobStorageError(
                f"{self._place(name)}: expected an answer, found {_first_line(error)}. Try again; if it persists, "
                "check the address in AZURE_STORAGE_CONNECTION_STRING and the network"
            ) from error


class NewBlob:
    """A block blob in the making. Its blocks are invisible, and vanish within a week if they are never committed.

    :param container: where it will be.
    :param name: under which name.
    """

    def __init__(self, container: BlobContainer, name: str):
        self._container = container
        self._name = name
        self._client = container._client.get_blob_client(name)
        # Blocks of two writers of one name never mix.
        self._writer = secrets.token_hex(8)
        self._blocks: list[BlobBlock] = []
        self._on_the_way: list[Future] = []
        self._pool = ThreadPoolExecutor(BLOCKS_AT_ONCE)

    def __enter__(self) -> NewBlob:
        return self

    def __exit__(self, *_) -> None:
        self._pool.shutdown(cancel_futures=True)

    def stage(self, data: bytes) -> None:
        """Send a block; returns as soon as fewer than BLOCKS_AT_ONCE are on their way.

        :param data: at most 4,000 MiB; Azure takes 50,000 blocks for one blob.
        :raises BlobStorageError: an earlier block could not be sent, though it was tried again.
        """
        block = f"{self._writer}{len(self._blocks):08d}"
        self._blocks.append(BlobBlock(block))
        self._on_the_way.append(self._pool.submit(_again, lambda: self._send(block, data)))
        while len(self._on_the_way) >= BLOCKS_AT_ONCE:
            self._on_the_way.pop(0).result()

    def commit(self, metadata: dict[str, str]) -> None:
        """Let all blocks become the blob, at once.

        :param metadata: what is noted with it.
        :raises BlobExists: there is a blob of this name; it was left unchanged.
        """
        for sent in self._on_the_way:
            sent.result()
        _again(lambda: self._commit(metadata | {"writer": self._writer}))

    def _send(self, block: str, data: bytes) -> None:
        with self._container._translated_errors(self._name):
            # With its MD5, so that Blob Storage refuses what has changed on the way.
            self._client.stage_block(block, data, validate_content=True)

    def _commit(self, metadata: dict[str, str]) -> None:
        with self._container._translated_errors(self._name):
            try:
                self._client.commit_block_list(
                    self._blocks, metadata=metadata, match_condition=MatchConditions.IfMissing
                )
            except HttpResponseError as error:
                if error.status_code not in (CONFLICT, PRECONDITION_FAILED):
                    raise
                # This may be a repetition whose first answer was lost.
                if self._client.get_blob_properties().metadata.get("writer") != self._writer:
                    raise BlobExists(
                        f"{self._container._place(self._name)}: expected no such blob, found one, which was left "
                        "unchanged. Write under another name"
                    ) from error


def _again(act: Callable):
    """Act, and act again after a pause where Blob Storage does not answer or asks to wait; returns what it returns."""
    for pause in PAUSES:
        try:
            return act()
        except BlobStorageError:
            time.sleep(pause)
    return act()


def _facts(found: BlobProperties) -> BlobFacts:
    return BlobFacts(
        found.name,
        found.size,
        found.blob_tier,
        bool(found.archive_status),
        _naive(found.last_modified),
        _naive(found.blob_tier_change_time),
        found.metadata or {},
    )


def _naive(moment: datetime | None) -> datetime | None:
    return moment and moment.astimezone(UTC).replace(tzinfo=None)


def _first_line(error: AzureError) -> str:
    return f"{error}".partition("\n")[0].rstrip(".") or type(error).__name__
