"""Checks what the mall signed, with nothing but Python: no library, and none of the mall's code.

    python3 verify_mall.py --keys mall-keys.json 2027-01-01.json receipt.json
    python3 verify_mall.py --keys mall-keys.json --proof entry.json
    python3 verify_mall.py --keys mall-keys.json --heads heads.json

Keys stand at /.well-known/mall-keys.json of the mall. Keep a copy of your own: a signature shows
that the holder of the key signed, and only your own copy of the key and of an older document shows
that nobody exchanged both. Exit status 0: everything is genuine; 1: something is not.

Ed25519 is RFC 8032, canonical JSON is RFC 8785, Merkle trees are RFC 6962. This file is slow on
purpose: it is short enough to be read whole.
"""

import argparse
import base64
import hashlib
import json
import math
import sys

# --- Ed25519 (RFC 8032, section 5.1) ------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def recover_x(y, sign):
    """The x that belongs to y, or None when the curve has no such point."""
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = recover_x(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)
NEUTRAL = (0, 1, 1, 0)


def add(one, other):
    """The sum of two points in extended coordinates."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(number, point):
    """A point added to itself so many times."""
    result = NEUTRAL
    while number:
        if number & 1:
            result = add(result, point)
        point = add(point, point)
        number >>= 1
    return result


def same(one, other):
    """Whether two points are one."""
    return (one[0] * other[2] - other[0] * one[2]) % P == 0 and (
        one[1] * other[2] - other[1] * one[2]
    ) % P == 0


def point_of(data):
    """The point that 32 bytes stand for, or None."""
    if len(data) != 32:
        return None
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def is_signed(public, message, signature):
    """Whether `signature` over `message` was made with the private half of `public`."""
    key = point_of(public)
    if key is None or len(signature) != 64:
        return False
    commitment, scalar = point_of(signature[:32]), int.from_bytes(signature[32:], "little")
    if commitment is None or scalar >= L:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    challenge = int.from_bytes(digest, "little") % L
    return same(multiply(scalar, BASE), add(commitment, multiply(challenge, key)))


# --- Canonical JSON (RFC 8785) ------------------------------------------------------------

SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def canonical(value):
    """The one text of a value."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        value.encode("utf-16-be")  # Half a pair of surrogates is refused here.
        signs = (SHORT.get(c) or (f"\\u{ord(c):04x}" if c < " " else c) for c in value)
        return '"' + "".join(signs) + '"'
    if isinstance(value, int):
        if abs(value) >= 2**53 and (abs(value) >= 10**21 or number(float(value)) != str(value)):
            raise ValueError("a number is too large")
        return str(value)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, list):
        return "[" + ",".join(canonical(one) for one in value) + "]"
    names = sorted(value, key=lambda name: name.encode("utf-16-be"))
    return "{" + ",".join(canonical(name) + ":" + canonical(value[name]) for name in names) + "}"


def number(value):
    """A number as ECMAScript writes it."""
    if not math.isfinite(value):
        raise ValueError("a number is infinite or none")
    if value == 0:
        return "0"
    if value < 0:
        return "-" + number(-value)
    mantissa, _, power = repr(value).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(power or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    if len(digits) <= point <= 21:
        return digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    power = point - 1
    start = digits if len(digits) == 1 else digits[0] + "." + digits[1:]
    return start + "e" + ("+" if power > 0 else "-") + str(abs(power))


# --- Signed documents ---------------------------------------------------------------------


PARTS = {"kind", "content", "key", "signature"}
BROKEN = (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError)


class Wrong(Exception):
    """Something is not as it should be; the message says what."""


def keys_of(document):
    """Public keys by their id. An id must be the fingerprint of its key."""
    found = {}
    for key in document["keys"]:
        public = base64.urlsafe_b64decode(key["x"] + "=" * (-len(key["x"]) % 4))
        if key["kid"] != hashlib.sha256(public).hexdigest()[:16]:
            raise Wrong("the id of a key is not its fingerprint")
        found[key["kid"]] = public
    return found


def check(document, keys):
    """Raises `Wrong` unless one of the keys signed the document; returns its content."""
    if not isinstance(document, dict) or not set(document) >= PARTS:
        raise Wrong("this is not a signed document")
    if document["key"] not in keys:
        raise Wrong("the key is not among the mall's keys")
    signed = {name: document[name] for name in ("kind", "content", "key")}
    signature = base64.b64decode(document["signature"])
    if not is_signed(keys[document["key"]], canonical(signed).encode(), signature):
        raise Wrong("the signature does not belong to the document")
    return document["content"]


def check_receipt(receipt, keys):
    """Raises `Wrong` unless promise and outcome are signed and the one belongs to the other."""
    promise = check(receipt["promise"], keys)
    if receipt["promise"]["kind"] != "receipt":
        raise Wrong("this is not a promise")
    if receipt.get("outcome") is None:
        return promise
    outcome = check(receipt["outcome"], keys)
    fingerprint = hashlib.sha256(canonical(receipt["promise"]).encode()).hexdigest()
    if receipt["outcome"]["kind"] != "receipt-outcome":
        raise Wrong("this is not an outcome")
    if (outcome["receipt"], outcome["promise_sha256"]) != (promise["receipt"], fingerprint):
        raise Wrong("the outcome belongs to another promise")
    return outcome


def check_document(document, keys):
    """A receipt, or any other signed document."""
    if isinstance(document, dict) and "promise" in document:
        return check_receipt(document, keys)
    return check(document, keys)


# --- Ledgers ------------------------------------------------------------------------------


def leaf_hash(text):
    """A leaf of a Merkle tree."""
    return hashlib.sha256(b"\x00" + text.encode()).digest()


def root_from(leaf, place, size, path):
    """The root to which a path leads."""
    path = [bytes.fromhex(one) for one in path]
    while size > 1:
        if place ^ 1 < size:
            beside = path.pop(0)
            left, right = (beside, leaf) if place % 2 else (leaf, beside)
            leaf = hashlib.sha256(b"\x01" + left + right).digest()
        place, size = place // 2, (size + 1) // 2
    if path:
        raise Wrong("the path is too long")
    return leaf.hex()


def check_proof(proof, keys):
    """Raises `Wrong` unless the entry stands in the ledgers of the signed head."""
    head = check(proof["head"], keys)
    batches = proof["batches"]
    first, place = batches[0], proof["place"]
    if not 0 <= place < first["size"]:
        raise Wrong("the entry has no place in its batch")
    leaf = leaf_hash(canonical(proof["leaf"]))
    if root_from(leaf, place, first["size"], proof["path"]) != first["root"]:
        raise Wrong("the path does not lead from the entry to the root of its batch")
    for before, after in zip(batches, batches[1:]):
        if after["previous"] != leaf_hash(canonical(before)).hex():
            raise Wrong(f"batch {after['number']} does not follow from the one before it")
    if leaf_hash(canonical(batches[-1])).hex() != head["hash"]:
        raise Wrong("the batches do not lead to the head")
    return head


def check_heads(documents, keys):
    """Raises `Wrong` unless all heads are signed and none goes back behind an earlier one."""
    contents = sorted((check(one, keys) for one in documents), key=lambda one: one["day"])
    for before, after in zip(contents, contents[1:]):
        shrank = after["batch"] < before["batch"] or after["entries"] < before["entries"]
        if shrank or after["journal"]["number"] < before["journal"]["number"]:
            raise Wrong(f"the head of {after['day']} is behind that of {before['day']}")
        if after["batch"] == before["batch"] and after["hash"] != before["hash"]:
            raise Wrong(f"the heads of {before['day']} and {after['day']} contradict each other")
    return contents


def read(name):
    """A file of JSON."""
    with open(name, encoding="utf-8") as file:
        return json.load(file)


def main(arguments=None):
    """The program."""
    parser = argparse.ArgumentParser(description="Checks what the mall signed.")
    parser.add_argument("--keys", required=True, metavar="FILE", help="mall-keys.json")
    parser.add_argument("--proof", action="append", default=[], metavar="FILE")
    parser.add_argument("--heads", action="append", default=[], metavar="FILE")
    parser.add_argument("documents", nargs="*", metavar="FILE")
    asked = parser.parse_args(arguments)
    work = [(name, check_document) for name in asked.documents]
    work += [(name, check_proof) for name in asked.proof]
    work += [(name, lambda one, keys: check_heads(one["heads"], keys)) for name in asked.heads]
    wrong = False
    try:
        keys = keys_of(read(asked.keys))
    except (Wrong, *BROKEN) as error:
        print(f"{asked.keys}: NOT USABLE: {error}")
        return 1
    for name, function in work:
        try:
            function(read(name), keys)
        except (Wrong, *BROKEN) as error:
            wrong = True
            print(f"{name}: NOT GENUINE: {error}")
        else:
            print(f"{name}: genuine")
    return 1 if wrong or not work else 0


if __name__ == "__main__":
    sys.exit(main())
