"""Requests and answers, and the server that carries them. Loopback only."""

import json
import os
import socket
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
LARGEST_BODY = 256 * 1024


@dataclass(frozen=True)
class Request:
    """What a caller sent. `path` is without the query."""

    method: str
    path: str
    query: str
    headers: Message
    body: bytes

    def form(self) -> dict[str, str]:
        """Parameters of the query (GET) or of the form in the body (POST)."""
        source = self.query if self.method == "GET" else self.body.decode("utf-8", "replace")
        return dict(parse_qsl(source, keep_blank_values=True))

    def json(self) -> dict[str, object]:
        """The JSON object in the body; raises `Refused` on anything else."""
        try:
            content = json.loads(self.body or b"{}")
        except ValueError:
            raise Refused(400, "invalid_json") from None
        if not isinstance(content, dict):
            raise Refused(400, "invalid_json")
        return content


@dataclass(frozen=True)
class Response:
    """An answer."""

    status: int
    body: bytes
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


class Refused(Exception):
    """The request cannot be served; becomes `{"error": code}`."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class HangUp(Exception):
    """Close the line without an answer; `reset` does it rudely."""

    def __init__(self, *, reset: bool) -> None:
        super().__init__("hang up")
        self.reset = reset


def json_response(content: object, status: int = 200) -> Response:
    """An answer in JSON."""
    return Response(status, json.dumps(content, ensure_ascii=False).encode())


def redirect(url: str) -> Response:
    """Send the browser elsewhere with a GET."""
    return Response(303, b"", headers={"Location": url})


def is_loopback(url: str) -> bool:
    """Whether the sandbox may send something to this address."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme == "http" and parts.hostname in LOOPBACK and port != 0


Answer = Callable[[Request], Response]


class Server(ThreadingHTTPServer):
    """Listens on 127.0.0.1."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, answer: Answer) -> None:
        self.answer = answer
        super().__init__(("127.0.0.1", port), Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that hung up is no news."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class Handler(BaseHTTPRequestHandler):
    """Reads a request, asks the application, writes the answer, closes the line."""

    server: Server
    timeout = 30
    server_version = "sandbox"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer."""
        self._serve()

    def do_POST(self) -> None:
        """Answer."""
        self._serve()

    def log_message(self, *_arguments: object) -> None:
        """Write nothing: addresses hold references of people's payments."""

    def _serve(self) -> None:
        self.close_connection = True
        try:
            self._check_host()
            parts = urlsplit(self.path)
            request = Request(
                self.command, parts.path, parts.query, self.headers, self._read_body()
            )
            response = self.server.answer(request)
        except Refused as refusal:
            response = json_response({"error": refusal.code}, refusal.status)
        except HangUp as order:
            self._hang_up(reset=order.reset)
            return
        except Exception:
            self._write(json_response({"error": "broken"}, 500))
            raise
        self._write(response)

    def _check_host(self) -> None:
        """A page elsewhere that points a name of its own at us gets nothing."""
        try:
            name = urlsplit(f"//{self.headers.get('Host', '')}").hostname
        except ValueError:
            name = None
        if name not in LOOPBACK:
            raise Refused(421, "loopback_only")

    def _read_body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if not length.isascii() or not length.isdigit() or self.headers.get("Transfer-Encoding"):
            raise Refused(411, "length_required")
        if int(length) > LARGEST_BODY:
            raise Refused(413, "too_large")
        return self.rfile.read(int(length))

    def _write(self, response: Response) -> None:
        self.send_response(response.status)
        headers = {
            "Content-Type": response.content_type,
            "Content-Length": str(len(response.body)),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Connection": "close",
        }
        for name, value in (headers | response.headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.body)

    def _hang_up(self, *, reset: bool) -> None:
        if not reset:
            return
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.connection.detach())
