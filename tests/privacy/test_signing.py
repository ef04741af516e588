"""One signature for all that others may check, and a program that checks it without us."""

import ast
import base64
import json
import subprocess
import sys

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy import keyring, signing
from privacy.models import PurposeKey, SigningKey
from tests.support.verifier import FILE, verifier

CONTENT = {"day": "2027-01-01", "entries": 3, "name": "桂树", "share": 0.25}


# --- The verifier beside the library ------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_the_verifier_accepts_what_the_library_signs(seed, message):
    key = Ed25519PrivateKey.from_private_bytes(seed)
    assert verifier.is_signed(key.public_key().public_bytes_raw(), message, key.sign(message))


def test_the_verifier_knows_the_first_example_of_the_standard():
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    signature = bytes.fromhex(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b"
    )
    assert verifier.is_signed(public, b"", signature)
    assert not verifier.is_signed(public, b"x", signature)


@settings(max_examples=15, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.integers(0, 96 * 8 - 1))
def test_the_verifier_refuses_each_changed_bit_as_the_library_does(seed, bit):
    key, message = Ed25519PrivateKey.from_private_bytes(seed), b"what was said"
    data = bytearray(key.public_key().public_bytes_raw() + key.sign(message))
    data[bit // 8] ^= 1 << bit % 8
    public, signature = bytes(data[:32]), bytes(data[32:])
    assert not verifier.is_signed(public, message, signature)
    with pytest.raises((InvalidSignature, ValueError)):
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)


def test_a_signature_of_the_same_worth_is_refused():
    """Adding the order of the group to the scalar would make a second signature."""
    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    public, signature = key.public_key().public_bytes_raw(), key.sign(b"text")
    scalar = int.from_bytes(signature[32:], "little") + verifier.L
    assert not verifier.is_signed(public, b"text", signature[:32] + scalar.to_bytes(32, "little"))


@pytest.mark.parametrize("public", [b"", b"\xff" * 32, b"\x02" + b"\x00" * 31])
def test_what_is_no_key_is_refused(public):
    assert not verifier.is_signed(public, b"", b"\x00" * 64)


def test_the_verifier_needs_nothing_but_python():
    names = set()
    for node in ast.walk(ast.parse(FILE.read_text())):
        if isinstance(node, ast.Import):
            names |= {one.name for one in node.names}
        assert not isinstance(node, ast.ImportFrom)
    assert names <= set(sys.stdlib_module_names)


# --- The service --------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_document_is_signed_and_checked():
    document = signing.sign("ledger-head", CONTENT)
    assert signing.check(document, kind="ledger-head") == CONTENT
    keys = verifier.keys_of(json.loads(json.dumps(signing.public_keys())))
    assert verifier.check(json.loads(json.dumps(document)), keys) == CONTENT


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"content": {**CONTENT, "entries": 4}},
        {"kind": "receipt"},
        {"key": "0" * 16},
        {"signature": base64.b64encode(b"0" * 64).decode()},
        {"signature": "no base64"},
        {"content": {"x": 2**60}},
    ],
)
def test_a_changed_document_is_refused(change):
    document = {**signing.sign("ledger-head", CONTENT), **change}
    with pytest.raises(signing.SignatureWrong):
        signing.check(document, kind=document["kind"])
    with pytest.raises((verifier.Wrong, ValueError)):
        verifier.check(document, verifier.keys_of(signing.public_keys()))


@pytest.mark.django_db
def test_a_document_of_another_kind_does_not_pass_for_this_one():
    document = signing.sign("receipt", CONTENT)
    with pytest.raises(signing.SignatureWrong, match="kind"):
        signing.check(document, kind="ledger-head")


@pytest.mark.django_db
@pytest.mark.parametrize("missing", ["kind", "content", "key", "signature"])
def test_half_a_document_is_refused(missing):
    document = signing.sign("receipt", CONTENT)
    del document[missing]
    with pytest.raises(signing.SignatureWrong):
        signing.check(document, kind="receipt")


@pytest.mark.django_db
def test_old_keys_stay_public_and_lose_their_private_half():
    old = signing.sign("receipt", CONTENT)
    signing.rotate()
    keyring.forget_purpose_keys()
    new = signing.sign("receipt", CONTENT)
    assert old["key"] != new["key"]
    assert signing.check(old, kind="receipt") == signing.check(new, kind="receipt")
    listed = signing.public_keys()["keys"]
    assert [one["kid"] for one in listed] == [new["key"], old["key"]]
    assert [bool(one["until"]) for one in listed] == [False, True]
    retired = SigningKey.objects.get(pk=old["key"])
    assert not PurposeKey.objects.filter(pk=retired.secret_name).exists()


@pytest.mark.django_db
def test_the_public_keys_stand_at_a_known_address(client):
    document = signing.sign("receipt", CONTENT)
    response = client.get("/.well-known/mall-keys.json")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert verifier.check(document, verifier.keys_of(response.json())) == CONTENT
    assert "secret" not in response.content.decode()


# --- The verifier as a program ------------------------------------------------------------


def run(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-I", FILE, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.django_db
def test_the_program_says_what_is_genuine(tmp_path):
    document = signing.sign("receipt", CONTENT)
    (tmp_path / "keys.json").write_text(json.dumps(signing.public_keys()))
    (tmp_path / "good.json").write_text(json.dumps(document))
    (tmp_path / "bad.json").write_text(json.dumps({**document, "kind": "other"}))
    (tmp_path / "rubbish.json").write_text("[")
    good = run(tmp_path, "--keys", "keys.json", "good.json")
    assert (good.returncode, good.stdout) == (0, "good.json: genuine\n")
    for name in ("bad.json", "rubbish.json", "missing.json"):
        bad = run(tmp_path, "--keys", "keys.json", "good.json", name)
        assert bad.returncode == 1, bad
        assert f"{name}: NOT GENUINE" in bad.stdout
        assert bad.stderr == ""


@pytest.mark.django_db
def test_a_key_under_a_false_name_is_refused(tmp_path):
    keys = signing.public_keys()
    signing.sign("receipt", CONTENT)
    keys["keys"][0]["kid"] = "0" * 16
    (tmp_path / "keys.json").write_text(json.dumps(keys))
    assert run(tmp_path, "--keys", "keys.json", "x.json").returncode == 1
