"""A web server on this machine that serves a folder, and fails as it is told to. It ends with the test."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass
class WebServer:
    """What it serves, how it shall fail, and what it was asked.

    Attributes:
        faults: answers to come before the right ones; each is used once, then it serves again. See `_Handler`.
        asked: (method, path, headers) of every request.
    """

    root: Path
    port: int = 0
    faults: list[Any] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def web_server(root: Path) -> Iterator[WebServer]:
    """Serve a folder until the block ends."""
    state = WebServer(root)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"state": state}))
    server.daemon_threads = True
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    """A fault is a status; "truncated", "endless", "slow", "dripping" or "reset"; ("to", URL) for a redirect; or wrong bytes."""

    state: WebServer

    def do_GET(self) -> None:
        self._serve(body=True)

    def do_HEAD(self) -> None:
        self._serve(body=False)

    def do_POST(self) -> None:
        """Keep what is sent, as a store does that DVC may write to."""
        self.state.asked.append((self.command, self.path, dict(self.headers)))
        content = b""
        while size := int(self.rfile.readline(), 16):  # DVC sends chunks
            content += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        path = self.state.root / self.path.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass

    def _serve(self, *, body: bool) -> None:
        self.state.asked.append((self.command, self.path, dict(self.headers)))
        fault = self.state.faults.pop(0) if self.state.faults else None
        path = self.state.root / self.path.lstrip("/")
        content = path.read_bytes() if path.is_file() else None
        if isinstance(fault, bytes):
            content = fault
        if isinstance(fault, int):
            self.send_error(fault)
        elif isinstance(fault, tuple):
            self.send_response(302)
            self.send_header("Location", fault[1])
            self.end_headers()
        elif fault == "reset":
            self.connection.close()
        elif fault == "endless":
            self._endless()
        elif content is None:
            self.send_error(404)
        else:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if fault == "slow":
                time.sleep(0.6)
            if fault == "dripping":
                self._drip(content)
                return
            if body:
                self.wfile.write(content[: len(content) // 2] if fault == "truncated" else content)

    def _drip(self, content: bytes) -> None:
        try:
            for place in range(0, len(content), 100):
                self.wfile.write(content[place : place + 100])
                time.sleep(0.05)
        except OSError:
            return

    def _endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"x" * 65536)
        except OSError:
            return
