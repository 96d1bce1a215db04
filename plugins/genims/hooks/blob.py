"""Azure Blob Storage, where nothing is overwritten: a blob is written once, or added to at its end.

Azure's client and its errors end here. What comes out are the ``Blob...`` errors of ``genims.core.errors``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import FORBIDDEN, PRECONDITION_FAILED, REQUESTED_RANGE_NOT_SATISFIABLE, UNAUTHORIZED

from airflow.providers.microsoft.azure.hooks.wasb import WasbHook
from airflow.sdk import Connection
from azure.core import MatchConditions
from azure.core.exceptions import AzureError, HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import ContainerClient, StorageErrorCode

from genims.core import connections
from genims.core.errors import BlobEndMoved, BlobExists, BlobMissing, BlobRefused, BlobStorageError, ContainerMissing


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
        """
        blob = self._client.get_blob_client(name)
        with self._translated_errors(name):
            if position == 0:
                with suppress(ResourceExistsError):
                    blob.create_append_blob(match_condition=MatchConditions.IfMissing)
            try:
                blob.append_block(data, appendpos_condition=position)
            except HttpResponseError as error:
                if error.status_code != PRECONDITION_FAILED:
                    raise
                raise BlobEndMoved(
                    f"{self._place(name)}: expected its end at byte {position}, found it elsewhere; nothing was added. "
                    f"Read on from byte {position}, then append what is not there yet"
                ) from error

    def put_new(self, name: str, data: bytes) -> None:
        """Write a blob that does not exist yet.

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

    def read_from(self, name: str, position: int = 0) -> bytes:
        """What a blob holds from a position on; nothing where it ends there or before.

        :param position: in bytes.
        :raises BlobMissing: there is no such blob.
        """
        with self._translated_errors(name):
            try:
                return self._client.download_blob(name, offset=position).readall()
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


def _first_line(error: AzureError) -> str:
    return f"{error}".partition("\n")[0].rstrip(".") or type(error).__name__
