"""A stand-in between the package and Azurite: it loses, delays, refuses and alters requests, or knows immutability."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from genims.core.settings import settings
from tests.support.faults.faults import environment

ENDPOINT = re.compile(r"BlobEndpoint=http://127.0.0.1:(\d+)/")

Rule = Callable[["Request"], tuple[int, str] | None]


class Request:
    """A request on its way; a rule may change its body, and answers with status and error code, or None to let it pass.

    :param cut: set it to lose the connection instead of answering.
    """

    def __init__(self, method: str, path: str, body: bytes):
        self.method, self.path, self.body, self.cut = method, path, body, False

    @property
    def is_block(self) -> bool:
        return self.method == "PUT" and "comp=block&" in self.path + "&"

    @property
    def is_commit(self) -> bool:
        return self.method == "PUT" and "comp=blocklist" in self.path

    @property
    def blob(self) -> str:
        return self.path.partition("?")[0]


@contextmanager
def blob_proxy(rule: Rule) -> Iterator[None]:
    """Let every request to Blob Storage pass a rule inside."""
    secret = settings().azure_storage_connection_string.get_secret_value()
    port = int(ENDPOINT.search(secret)[1])

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_) -> None:
            pass

        def answer(self) -> None:
            request = Request(self.command, self.path, self.rfile.read(int(self.headers.get("Content-Length") or 0)))
            refusal = rule(request)
            if request.cut:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            if refusal:
                self.send_response(refusal[0])
                self.send_header("x-ms-error-code", refusal[1])
                self.send_header("Retry-After", "1")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            upstream = HTTPConnection("127.0.0.1", port)
            upstream.request(self.command, self.path, request.body, dict(self.headers))
            found = upstream.getresponse()
            body = found.read()
            self.send_response(found.status)
            for name, value in found.getheaders():
                if name.lower() not in ("transfer-encoding", "connection", "content-length", "date", "server"):
                    self.send_header(name, value)
            length = found.getheader("Content-Length") if self.command == "HEAD" else str(len(body))
            self.send_header("Content-Length", length or "0")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)
            upstream.close()

        do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = answer

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        with environment(
            AZURE_STORAGE_CONNECTION_STRING=secret.replace(f"127.0.0.1:{port}/", f"127.0.0.1:{server.server_port}/")
        ):
            yield
    finally:
        server.shutdown()
        server.server_close()


class Worm:
    """A rule: what is there may neither be deleted nor written anew."""

    def __init__(self):
        self.is_on = True
        self.refused = 0

    def __call__(self, request: Request) -> tuple[int, str] | None:
        if self.is_on and request.method == "DELETE":
            self.refused += 1
            return 409, "BlobImmutableDueToPolicy"
        return None
