"""Where the privacy figures are measured: a demo mall of its own, on the embedded servers.

The plain ways work on the same server, over a connection of the application's own role.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg

from bench.figures import say

ROOT = Path(__file__).resolve().parent.parent


def prepare() -> None:
    """Start the servers of `VAR`, bring the tables up to date, load the demo's goods once."""
    os.environ.setdefault("VAR", str(ROOT / "var" / "bench"))
    os.environ["DEMO"] = "1"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mall.settings")
    var = Path(os.environ["VAR"]).resolve()
    from mall import embedded

    embedded.hold(var)
    manage("migrate", "-v0")
    import django

    django.setup()
    from catalog.models import Product

    if not Product.objects.exists():
        say("loading the demo's goods")
        manage("demo")


def manage(*arguments: str) -> None:
    """Run a management command; what it says is no figure."""
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, cwd=ROOT, check=True, stdout=sys.stderr)


def plain(alias: str = "default", *, owner: bool = False) -> psycopg.Connection:
    """A connection without Django, each statement a transaction of its own."""
    from mall import settings

    of_whom = settings.OWNER_DATABASES if owner else settings.DATABASES
    found = of_whom[alias]
    return psycopg.connect(
        host=found["HOST"],
        port=found["PORT"],
        user=found["USER"],
        password=found["PASSWORD"],
        dbname=found["NAME"],
        autocommit=True,
    )


def tidy_up(*tables: str, alias: str = "default") -> None:
    """What autovacuum would do, now, so that it does not come in the middle."""
    with plain(alias, owner=True) as connection:
        for table in tables:
            connection.execute(f"VACUUM ANALYZE {table}")


# --- A process of its own -----------------------------------------------------------------


def child(function: str, **arguments: object) -> dict:
    """Call `module:function` in a fresh process, as a worker is one; returns what it returned.

    Its answer has `rss_mb`, the most memory that the process ever held, and `rss_mb_before`, what
    it held before the function was called.
    """
    command = [sys.executable, "-m", "bench.place", function, json.dumps(arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stderr[-4000:])
        raise SystemExit(f"bench: {function} failed.")
    return json.loads(done.stdout.splitlines()[-1])


def _be_child() -> None:
    import importlib

    import django

    django.setup()
    module, _, function = sys.argv[1].partition(":")
    called = getattr(importlib.import_module(module), function)
    before = _peak()
    answer = called(**json.loads(sys.argv[2]))
    print(json.dumps({**answer, "rss_mb": _peak(), "rss_mb_before": before}))


def _peak() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    _be_child()
