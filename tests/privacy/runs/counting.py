"""Writes an audit-free, countable trace: one LongerRetention row for each number up to `upto`."""

import os
import signal
from uuid import UUID

from privacy.models import DormantAccount
from privacy.runs import engine, kinds
from privacy.runs.errors import HeldBack
from privacy.runs.kinds import Chunk

KIND = "tests.counting"
SIZE = 3
habits = {"broken": set(), "slow": 0.0, "held": set(), "die_at": None, "die": ""}


def reset():
    habits.update(broken=set(), slow=0.0, held=set(), die_at=None, die="")


def advance(step, cursor):
    from django.db import connection
    from django.utils import timezone

    if step.name in habits["broken"]:
        raise RuntimeError("a secret that must not be written down")
    if step.name in habits["held"] and step.confirmed_at is None:
        raise HeldBack("CAP")
    if habits["slow"]:
        with connection.cursor() as c:
            c.execute("SELECT pg_sleep(%s)", [habits["slow"]])
    begin = cursor.get("next", 0)
    upto = step.plan["upto"]
    numbers = range(begin, min(begin + SIZE, upto))
    base = step.position * 1_000_000
    for number in numbers:
        DormantAccount.objects.create(subject=UUID(int=base + number), idle_since=timezone.now())
        if habits["die_at"] == number and habits["die"] == "inside":
            os.kill(os.getpid(), signal.SIGKILL)
    end = begin + len(numbers)
    return Chunk({"next": end}, {"rows": len(numbers)}, done=end >= upto)


def declare(**kwargs):
    kinds._kinds.pop(KIND, None)
    options = {"target": 5.0, **kwargs}
    kinds.run_kind(KIND, label="Counting", cancel_is_safe=True, **options)(advance)


def start(**parts):
    wanted = parts or {"one": 10, "two": 10}
    return engine.start(
        KIND,
        parts=[
            engine.Part(name, expected=upto, plan={"upto": upto}) for name, upto in wanted.items()
        ],
    )


def written():
    return sorted(row.subject.int for row in DormantAccount.objects.all())


def expected(*uptos):
    return [position * 1_000_000 + n for position, upto in enumerate(uptos) for n in range(upto)]
