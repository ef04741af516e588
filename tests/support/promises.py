"""Which promises do the tests show? Read from the marks, without running anything."""

import ast
import re
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROMISES = ROOT / "docs" / "promises.txt"
ID = re.compile(r"^[A-Z]+-\d+$")

HEAD = """# Promises

What the mall owes people, and which tests show that it keeps its word. Made from the
`@pytest.mark.promise` marks by `python -m tests.support.promises > docs/promises.md`.
"""


def shown() -> dict[str, list[str]]:
    """Promise id to the tests that show it."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                for promise in _marks(node):
                    found[promise].append(f"{file.relative_to(ROOT)}::{node.name}")
    return found


def _marks(node: ast.FunctionDef | ast.ClassDef) -> list[str]:
    return [
        argument.value
        for mark in node.decorator_list
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.promise"
        for argument in mark.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]


def declared() -> dict[str, str]:
    """Every promise, with its sentence."""
    lines = PROMISES.read_text().splitlines()
    pairs = (line.split("\t", 1) for line in lines if line)
    return dict(pairs)  # type: ignore[arg-type]


def page() -> str:
    """The whole document."""
    tests, promises = shown(), declared()
    unknown = sorted(set(tests) - set(promises))
    if unknown:
        raise LookupError(f"No such promise: {', '.join(unknown)}")
    lines = [HEAD, f"{len(tests)} of {len(promises)} promises are shown by a test.\n"]
    lines.append("## Shown\n")
    for code in sorted(tests):
        lines.append(f"- **{code}** {promises[code]}")
        lines.extend(f"  - `{name}`" for name in tests[code])
    lines.append("\n## Not shown by any test yet\n")
    lines.extend(f"- **{code}** {promises[code]}" for code in sorted(set(promises) - set(tests)))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
