"""Measures the pages that visitors see most; a JSON line for each figure."""

import argparse
import contextlib
import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

ROOT = Path(__file__).resolve().parent.parent
CEILING = ("ceiling", "/healthz")
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--url", help="measure a mall that runs already")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--connections", type=int, default=4)
    asked = parser.parse_args()
    if asked.url:
        pages = [("home", "/"), ("search", "/search/?q=tea"), *discover(asked.url)]
        report(asked.url, pages, asked, kept=None, group=None)
        return
    var = Path(os.environ.get("VAR") or ROOT / "var" / "bench").resolve()
    for kept in (False, True):
        with running(var, kept=kept) as (url, group):
            pages = [CEILING, ("home", "/"), ("search", "/search/?q=tea"), *discover(url)]
            report(url, pages, asked, kept=kept, group=group)


def report(url, pages, asked, *, kept, group) -> None:
    for name, path in pages:
        figure = measure(url, path, asked.seconds, asked.connections, group)
        line = {"page": name, "kept": kept, **figure}
        print(json.dumps(line), flush=True)


def measure(url: str, path: str, seconds: float, connections: int, group: int | None) -> dict:
    load(url, path, min(seconds, 1), connections)
    before = processor_seconds(group)
    began = time.perf_counter()
    times, errors, size = load(url, path, seconds, connections)
    took = time.perf_counter() - began
    spent = processor_seconds(group) - before
    times.sort()
    return {
        "rps": round(len(times) / took, 1),
        "p50_ms": round(statistics.median(times) * 1000, 1),
        "p99_ms": round(times[int(len(times) * 0.99)] * 1000, 1),
        "cpu_ms": round(spent / len(times) * 1000, 2) if group else None,
        "bytes": size,
        "errors": errors,
        "connections": connections,
        "seconds": seconds,
    }


def load(url: str, path: str, seconds: float, connections: int) -> tuple[list[float], int, int]:
    """Ask for one page over several lines at once until the time is up."""
    times: list[float] = []
    errors: list[int] = []
    sizes: list[int] = []
    end = time.perf_counter() + seconds

    def ask() -> None:
        parts = urlsplit(url)
        line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
        while time.perf_counter() < end or not sizes:
            began = time.perf_counter()
            line.request("GET", path, headers={"Accept-Encoding": "gzip"})
            answer = line.getresponse()
            body = answer.read()
            times.append(time.perf_counter() - began)
            sizes.append(len(body))
            if answer.status != 200:
                errors.append(answer.status)
        line.close()

    threads = [threading.Thread(target=ask) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times, len(errors), sizes[-1]


def discover(url: str) -> list[tuple[str, str]]:
    """A category and a product, found on the pages as a visitor would."""
    parts = urlsplit(url)
    found = []
    line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    line.request("GET", "/search/?q=" + quote("tea"))
    text = line.getresponse().read().decode()
    line.request("GET", "/")
    text += line.getresponse().read().decode()
    line.close()
    for name, start in (("category", '"/c/'), ("product", '"/p/')):
        at = text.find(start)
        if at >= 0:
            found.append((name, text[at + 1 : text.index('"', at + 1)]))
    return found


# --- A mall of our own --------------------------------------------------------------------


@contextlib.contextmanager
def running(var: Path, *, kept: bool) -> Iterator[tuple[str, int]]:
    """Start the demo mall, wait until it is loaded, and stop it afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "DEMO": "1",
        "VAR": str(var),
        "PORT": str(port),
        "PAGE_CACHE_SECONDS": "600" if kept else "0",
    }
    environment.pop("PUBLIC_URL", None)
    child = subprocess.Popen(
        [sys.executable, "-m", "mall.run"], cwd=ROOT, env=environment, stdout=sys.stderr
    )
    url = f"http://localhost:{port}"
    try:
        wait_until(child, lambda: answers(port))
        wait_until(child, (var / "demo-loaded").exists)
        wait_until(child, lambda: quiet(port))
        yield url, web_group(child.pid)
    finally:
        child.send_signal(signal.SIGINT)
        child.wait()


def wait_until(child: subprocess.Popen, condition, seconds: float = 600) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if child.poll() is not None or time.monotonic() > end:
            sys.exit("bench: the mall did not start; its output says why.")
        time.sleep(0.5)


def answers(port: int) -> bool:
    return "database" in ready(port)


def quiet(port: int) -> bool:
    """Whether everything runs and no start-up work is left."""
    return ready(port).get("degraded") is False and os.getloadavg()[0] < 2 * (os.cpu_count() or 1)


def ready(port: int) -> dict:
    line = http.client.HTTPConnection("localhost", port, timeout=10)
    with contextlib.closing(line), contextlib.suppress(OSError, ValueError):
        line.request("GET", "/readyz")
        return json.loads(line.getresponse().read())
    return {}


def web_group(launcher: int) -> int:
    """The process group of the web server."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                command = (entry / "cmdline").read_bytes()
                if parent_of(entry) == launcher and b"gunicorn" in command:
                    return int(entry.name)
    sys.exit("bench: the web server was not found.")


def parent_of(entry: Path) -> int:
    return int((entry / "stat").read_text().rpartition(")")[2].split()[1])


def processor_seconds(group: int | None) -> float:
    """What every process of the group has used so far."""
    if group is None:
        return 0.0
    ticks = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[2]) == group:
                    ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS


if __name__ == "__main__":
    main()
