"""Merkle trees as in RFC 6962: leaves and nodes are hashed apart, the left half is a full tree."""

import hashlib
from collections.abc import Sequence

EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(content: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over the hashes of leaves, in their order."""
    # Level by level; an odd one at the end moves up as it is, which is the tree of the standard.
    level = list(leaves)
    while len(level) > 1:
        pairs = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2 :]
    return level[0] if level else EMPTY


def proof(leaves: Sequence[bytes], place: int) -> list[bytes]:
    """What must be known besides the leaf at `place` to come to the root, from below."""
    if not 0 <= place < len(leaves):
        raise IndexError(place)
    path = []
    level = list(leaves)
    while len(level) > 1:
        beside = place ^ 1
        if beside < len(level):
            path.append(level[beside])
        pairs = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2 :]
        place //= 2
    return path


def proves(leaf: bytes, place: int, size: int, path: Sequence[bytes], claimed: bytes) -> bool:
    """Whether `path` leads from the hash of the leaf at `place` of `size` to the claimed root."""
    if not 0 <= place < size:
        return False
    steps, present = list(path), leaf
    while size > 1:
        if place ^ 1 < size:
            if not steps:
                return False
            beside = steps.pop(0)
            present = node_hash(beside, present) if place % 2 else node_hash(present, beside)
        place, size = place // 2, (size + 1) // 2
    return not steps and present == claimed
