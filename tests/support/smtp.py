"""A mail server on loopback that takes, refuses or puts off what it is given."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Session(socketserver.StreamRequestHandler):
    server: "MailServer"

    def handle(self) -> None:
        """Speak just enough SMTP."""
        self._say("220 tests")
        while line := self.rfile.readline().decode().strip():
            match line.split()[0].upper():
                case "EHLO" | "HELO" | "MAIL" | "RSET" | "NOOP":
                    self._say("250 OK")
                case "RCPT":
                    self._say(self.server.answer_to_rcpt)
                case "DATA":
                    self._say("354 go on")
                    self._say(self._take())
                case "QUIT":
                    self._say("221 bye")
                    return
                case _:
                    self._say("502 no")

    def _take(self) -> str:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        if self.server.answer_to_data.startswith("250"):
            self.server.taken.append(b"".join(lines).decode())
        return self.server.answer_to_data

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class MailServer(socketserver.ThreadingTCPServer):
    """What it took stands in `taken`; its answers can be changed."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.taken: list[str] = []
        self.answer_to_rcpt = "250 OK"
        self.answer_to_data = "250 OK"

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A server that runs inside the block."""
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(5)
