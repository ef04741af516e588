"""The people of the demo: obviously invented, with passwords drawn once for each installation."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

FILE = "demo-logins.txt"
WORDS = (
    "amber", "bamboo", "basket", "blossom", "bridge", "candle", "celadon", "cloud", "copper",
    "drizzle", "feather", "garden", "harbour", "inkwell", "jade", "kettle", "lantern", "linen",
    "maple", "meadow", "moss", "noodle", "orchard", "paper", "pebble", "persimmon", "pillow",
    "plum", "river", "saucer", "sparrow", "steamer", "teapot", "thimble", "umbrella", "willow",
)  # fmt: skip


@dataclass(frozen=True)
class DemoPerson:
    """One login. `role` is a group's name, "seller" for a member of a store, or empty."""

    code: str
    what: str
    member_name: str
    nickname: str
    phone: str
    email: str
    role: str = ""
    store: str = ""


PEOPLE = (
    DemoPerson(
        "shopper", "a shopper with history", "osmanthus_fan", "Demo Osmanthus 演示桂花",
        "+8619900000001", "shopper@mall.example",
    ),
    DemoPerson(
        "second", "a second shopper", "new_here", "Demo Newcomer 演示新客",
        "+8619900000002", "second@mall.example",
    ),
    DemoPerson(
        "seller", "a seller (Blue Hill Tea)", "blue_hill_keeper", "Demo Keeper 演示掌柜",
        "+8619900000003", "seller@mall.example", "seller", "blue-hill-tea",
    ),
    DemoPerson(
        "clerk", "an order clerk", "demo_clerk", "Demo Clerk 演示客服",
        "+8619900000004", "clerk@mall.example", "order clerk",
    ),
    DemoPerson(
        "officer", "the privacy officer", "demo_officer", "Demo Officer 演示隐私官",
        "+8619900000005", "officer@mall.example", "privacy officer",
    ),
    DemoPerson(
        "administrator", "the administrator", "demo_administrator", "Demo Administrator 演示管理员",
        "+8619900000006", "administrator@mall.example", "administrator",
    ),
)  # fmt: skip


def draw_password() -> str:
    """Four words and a number: long enough, and typed without mistakes."""
    return "-".join([*(secrets.choice(WORDS) for _ in range(4)), str(secrets.randbelow(90) + 10)])


def passwords(folder: Path) -> dict[str, str]:
    """The password of each demo person by code; drawn once for this folder, then read again."""
    known = _read(folder / FILE)
    if set(known) != {person.code for person in PEOPLE}:
        known = {person.code: known.get(person.code) or draw_password() for person in PEOPLE}
        _write(folder / FILE, known)
    return known


def _read(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    rows = [line.split() for line in file.read_text(encoding="utf-8").splitlines()]
    return {row[0]: row[2] for row in rows if len(row) >= 3 and not row[0].startswith("#")}


def _write(file: Path, drawn: dict[str, str]) -> None:
    lines = ["# Logins of the demo: name, e-mail or phone to log in with, password, who it is."]
    lines += [
        f"{person.code:<14} {person.email:<28} {drawn[person.code]:<36} "
        f"{person.phone}  {person.what}"
        for person in PEOPLE
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")
