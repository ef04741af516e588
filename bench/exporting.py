"""A copy of everything about a person with many orders, beside reading the same rows by COPY."""

from bench import figures, people, place


def measure(orders: int) -> None:
    """The copy is made, packed, verified and sealed; the plain way only reads."""
    person = people.person(orders)
    peaks = []

    def engine() -> float:
        done = place.child("bench.exporting:run", subject=str(person.subject))
        assert done["state"] == "DONE", done
        peaks.append(done["rss_mb"])
        return done["seconds"]

    ways = {"plain": lambda: read_plainly(person.subject), "engine": engine}
    found = figures.in_turns(ways)
    figures.beside("export", found["engine"], found["plain"], orders, 6)
    figures.within("export.memory", max(peaks), "MB", orders, 150)


def read_plainly(subject) -> float:
    """Every row about the person, as JSON, out of every declared table."""
    from django.db import connections

    from privacy.registry import registry, rows_of

    statements = []
    for declaration in registry.declarations():
        if declaration.data.person is None:
            continue
        rows = rows_of(declaration, subject)
        inner, values = rows.query.get_compiler(declaration.alias).as_sql()
        with connections[declaration.alias].cursor() as cursor:
            statements.append((declaration.alias, cursor.mogrify(inner, values)))
    opened = {alias: place.plain(alias) for alias in ("default", "keyring")}

    def read() -> None:
        for alias, inner in statements:
            with (
                opened[alias]
                .cursor()
                .copy(f"COPY (SELECT row_to_json(r) FROM ({inner}) AS r) TO STDOUT") as copy
            ):
                for _block in copy:
                    pass

    seconds = figures.timed(read)
    for connection in opened.values():
        connection.close()
    return seconds


def run(subject: str) -> dict:
    """In a process of its own: ask for the copy and make it, as a worker does it."""
    import time

    from accounts.models import User
    from privacy.export import asking, running
    from privacy.runs import engine

    person = User.objects.get(subject=subject)
    package, _new = asking.ask(person, language="en", with_files=True)
    began = time.perf_counter()
    running.begin(package)
    package.refresh_from_db()
    done = engine.finish_now(package.run)
    seconds = time.perf_counter() - began
    package.refresh_from_db()
    asking.end(package)
    return {"seconds": seconds, "state": str(done.state), "said": done.last_error}
