"""The connection to Azure Blob Storage."""

from __future__ import annotations

from airflow.providers.microsoft.azure.hooks.wasb import WasbHook
from airflow.sdk import Connection

from genims.core import connections


class GenimsBlobHook(WasbHook):
    """Airflow's WasbHook with our connection: AZURE_STORAGE_CONNECTION_STRING, else the connection genims_blob."""

    def __init__(self):
        super().__init__(wasb_conn_id=connections.BLOB)

    @classmethod
    def get_connection(cls, conn_id: str) -> Connection:
        return connections.connection(conn_id)
