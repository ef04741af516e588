"""Measures the privacy engine, where it can be beside plain SQL; a JSON line for each figure."""

import argparse

from bench import erasing, exporting, keys, place, sealing, starting, sweeping

SIZES = {
    "rows": (100_000, 500_000),
    "keys": (200_000, 1_000_000),
    "copied": (5_000, 50_000),
    "orders": (1_000, 1_000),
    "few": (1_000, 10_000),
    "members": (5_000, 1_000_000),
}
"""What is measured: small enough for a few minutes, and in full."""
PARTS = {
    "sweep": lambda size: sweeping.measure(size.rows),
    "keys": lambda size: keys.measure(size.keys),
    "erase": lambda size: erasing.measure(size.orders, size.few, size.members),
    "export": lambda size: exporting.measure(size.copied),
    "sealing": lambda _size: sealing.measure(),
    "start": lambda _size: starting.measure(),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.privacy", description=__doc__)
    parser.add_argument("--full", action="store_true", help="the sizes that were promised")
    for name, (small, full) in SIZES.items():
        parser.add_argument(f"--{name}", type=int, help=f"{small}, in full {full}")
    parser.add_argument("--only", nargs="*", choices=list(PARTS), default=list(PARTS))
    asked = parser.parse_args()
    for name, sizes in SIZES.items():
        if getattr(asked, name) is None:
            setattr(asked, name, sizes[asked.full])
    place.prepare()
    for name in asked.only:
        PARTS[name](asked)


if __name__ == "__main__":
    main()
