"""Removing half of a log by its age, and emptying half of it, beside plain SQL in chunks.

The log is what carriers pushed (`delivery.PartnerPush`): half a year, counted from a column of its
own. For emptying, the same declaration says BLANK instead of DELETE.
"""

import statistics
import time
from datetime import timedelta

from bench import figures, place

TABLE = "delivery_partnerpush"
LABEL = "delivery.PartnerPush"
WINDOW = 5000
FILL = """
INSERT INTO delivery_partnerpush
    (carrier, event_id, parcel_id, content, outcome, received_at, processed_at)
SELECT 'bench', 'e' || n, %(parcel)s,
    jsonb_build_object('state', 'IN_TRANSIT', 'sequence', n, 'place', '种子市',
        'happened_at', to_char(now(), 'YYYY-MM-DD"T"HH24:MI:SSOF')),
    'APPLIED', at, at
FROM (
    SELECT n, CASE WHEN n <= %(expired)s THEN now() - interval '400 days' ELSE now() END
        + n * interval '1 millisecond' AS at
    FROM generate_series(1, 2 * %(expired)s) AS n
) AS rows
"""
PLAIN = {
    "delete": "DELETE FROM delivery_partnerpush "
    "WHERE id >= %(first)s AND id < %(beyond)s AND received_at < %(cutoff)s",
    "blank": "UPDATE delivery_partnerpush SET content = '{}' "
    "WHERE id >= %(first)s AND id < %(beyond)s AND received_at < %(cutoff)s AND content <> '{}'",
}
LEFT = {
    "delete": "SELECT count(*) FROM delivery_partnerpush WHERE received_at < %(cutoff)s",
    "blank": "SELECT count(*) FROM delivery_partnerpush "
    "WHERE received_at < %(cutoff)s AND content <> '{}'",
}


def measure(rows: int) -> None:
    """Both strategies, the engine and plain SQL in turns."""
    for strategy in ("delete", "blank"):
        _measure(strategy, rows)
    empty()


def _measure(strategy: str, rows: int) -> None:
    told = []

    def engine() -> float:
        fill(rows)
        told.append(place.child("bench.sweeping:sweep", strategy=strategy))
        assert told[-1]["rows"] == rows, told[-1]
        assert left(strategy) == 0
        return told[-1]["seconds"]

    def plain() -> float:
        fill(rows)
        seconds = figures.timed(lambda: sweep_plainly(strategy))
        assert left(strategy) == 0
        return seconds

    found = figures.in_turns({"plain": plain, "engine": engine})
    figures.beside(f"sweep.{strategy}", found["engine"], found["plain"], rows, 1.5)
    counting = statistics.median(one["counting"] for one in told)
    figures.known(f"sweep.{strategy}.counting", counting, "s", rows)
    figures.within(f"sweep.{strategy}.memory", max(one["rss_mb"] for one in told), "MB", rows, 150)


def cutoff():
    """Before when the log's rows are past their time."""
    from django.utils import timezone

    return timezone.now() - timedelta(days=300)


def fill(rows: int) -> None:
    """A log of which the older half is past its time."""
    empty()
    with place.plain() as connection:
        connection.execute(FILL, {"parcel": parcel(), "expired": rows})
    place.tidy_up(TABLE)


def empty() -> None:
    """No log at all."""
    with place.plain(owner=True) as connection:
        connection.execute(f"TRUNCATE {TABLE}")


def parcel() -> int:
    """Some parcel of an invented person."""
    from delivery.models import Parcel
    from mall.demo.seed import Plan, seed

    if not Parcel.objects.exists():
        seed(Plan(members=10, orders_per_member=1, seed=9), processes=1)
    return Parcel.objects.values_list("pk", flat=True)[0]


def left(strategy: str) -> int:
    """Rows on which there is still something to do."""
    with place.plain() as connection:
        return connection.execute(LEFT[strategy], {"cutoff": cutoff()}).fetchone()[0]


def sweep_plainly(strategy: str) -> None:
    """The best plain way that we know: windows of the primary key, each its own transaction."""
    with place.plain() as connection:
        first, last = connection.execute(
            f"SELECT min(id), max(id) FROM {TABLE} WHERE received_at < %s", [cutoff()]
        ).fetchone()
        while first <= last:
            bounds = {"first": first, "beyond": first + WINDOW, "cutoff": cutoff()}
            connection.execute(PLAIN[strategy], bounds)
            first += WINDOW


def sweep(strategy: str) -> dict:
    """In a process of its own: count the table, then remove what was counted, as a worker would."""
    from django.utils import timezone

    from delivery.models import PartnerPush
    from privacy.registry import Erasure, registry
    from privacy.retention import rules, simulating, sweeping
    from privacy.runs import engine
    from privacy.runs.engine import Part

    if strategy == "blank":
        said = registry._registry[PartnerPush]
        registry._registry[PartnerPush] = type("Blanked", (said,), {"at_end": Erasure.BLANK})
    declaration = simulating.declaration_of(LABEL)
    now = timezone.now()
    began = time.perf_counter()
    forecast = simulating.simulate(declaration, rules.Moment(now)).as_plan()
    counting = time.perf_counter() - began
    # The share that alarms is somebody else's figure.
    plan = {**forecast, "table": 1000 * forecast["removed"]}
    run = engine.start(
        sweeping.SWEEP,
        plan={"as_of": now.isoformat()},
        parts=[Part(LABEL, expected=forecast["removed"], plan=plan)],
    )
    began = time.perf_counter()
    run = engine.finish_now(run)
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "counting": counting, "rows": run.counters.get("rows", 0)}
