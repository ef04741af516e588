"""A copy holds all of a person's data and nothing of anybody else's."""

import json

from privacy.export.enums import ExportState


def test_a_copy_is_made(alice, address, copy_of, unzip):
    package = copy_of(alice)
    assert package.state == ExportState.READY
    files = unzip(package)
    rows = json.loads(files["data/registration/accounts-address.json"])
    assert rows[0]["street"] == "桂花路88号3单元501室"
