"""A server that claims to be PostgreSQL: it asks for the password in a way of its choice and keeps what it is given."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from threading import Thread

from tests.support.rogue_mysql import exactly

SSL_REQUEST, GSS_REQUEST = 80877103, 80877104
REQUESTS = {"trust": b"\0\0\0\0", "cleartext": b"\0\0\0\3", "md5": b"\0\0\0\5salt"}


class RoguePostgres:
    """Listens on 127.0.0.1 while it is open.

    :param asks: trust (for nothing), cleartext (for the password) or md5 (for its digest).
    :param tls: its certificate; None for a server that offers no TLS.
    :ivar passwords: what it was told.
    :ivar let_in: how many clients went on after signing in.
    """

    def __init__(self, asks: str, tls: ssl.SSLContext | None = None):
        self._request = REQUESTS[asks]
        self._tls = tls
        self.passwords: list[bytes] = []
        self.let_in = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]

    def __enter__(self) -> RoguePostgres:
        Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self._server.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            client.settimeout(10)
            with suppress(OSError, EOFError), client:
                self._greet(client)

    def _greet(self, client: socket.socket) -> None:
        while (code := int.from_bytes(_startup(client)[:4], "big")) in (SSL_REQUEST, GSS_REQUEST):
            if code == SSL_REQUEST and self._tls:
                client.sendall(b"S")
                client = self._tls.wrap_socket(client, server_side=True)
            else:
                client.sendall(b"N")
        _send(client, b"R", self._request)
        if self._request != REQUESTS["trust"]:
            self.passwords.append(_message(client))
            _send(client, b"R", REQUESTS["trust"])
        _send(client, b"Z", b"I")
        _message(client)
        self.let_in += 1


def _startup(client: socket.socket) -> bytes:
    return exactly(client, int.from_bytes(exactly(client, 4), "big") - 4)


def _message(client: socket.socket) -> bytes:
    return exactly(client, int.from_bytes(exactly(client, 5)[1:], "big") - 4)


def _send(client: socket.socket, kind: bytes, payload: bytes) -> None:
    client.sendall(kind + (len(payload) + 4).to_bytes(4, "big") + payload)
