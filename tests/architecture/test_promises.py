"""docs/promises.md is made from the marks on the tests, and is current."""

from pathlib import Path

from tests.support.promises import page

DOCUMENT = Path("docs/promises.md")


def test_the_list_of_promises_is_current():
    assert DOCUMENT.read_text() == page(), (
        "Run `python -m tests.support.promises > docs/promises.md`."
    )
