"""Containers of Blob Storage for tests, each its own."""

from __future__ import annotations

import secrets

from azure.storage.blob import ContainerClient

from genims.core import connections


def new_container() -> str:
    """The name of a container that no other test uses."""
    return f"test-{secrets.token_hex(8)}"


def azure_client(container: str) -> ContainerClient:
    """Azure's own client, which may do what the package never does."""
    extra = connections.connection(connections.BLOB).extra_dejson
    return ContainerClient.from_connection_string(extra["connection_string"], container)
