"""`python -m sandbox`: serve until SIGTERM, or draw the keys and leave."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from sandbox.app import App
from sandbox.keys import ensure_keys
from sandbox.web import Server


def main() -> int:
    """Read the arguments and do what they say."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--state", type=Path, default=Path("var/sandbox"))
    parser.add_argument("--keys-only", action="store_true")
    parser.add_argument(
        "--parcel-seconds", type=float, default=20, help="0 leaves parcels to the control page"
    )
    arguments = parser.parse_args()
    if arguments.parcel_seconds < 0:
        parser.error("--parcel-seconds cannot be negative")
    keys = ensure_keys(arguments.state)
    if arguments.keys_only:
        return 0
    app = App(keys, arguments.state, parcel_seconds=arguments.parcel_seconds)
    try:
        server = Server(arguments.port, app.answer)
    except OSError as error:
        app.stop()
        sys.stderr.write(f"sandbox: port {arguments.port} cannot be used: {error.strerror}.\n")
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    app.start()
    sys.stdout.write(f"sandbox: listening on http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    try:
        server.serve_forever(poll_interval=0.2)
    finally:
        server.server_close()
        app.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
