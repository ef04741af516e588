"""Proofs lead to the root, and to no other."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.ledger import tree

leaves = st.lists(st.binary(max_size=8), min_size=1, max_size=70).map(
    lambda contents: [tree.leaf_hash(one) for one in contents]
)


def by_the_standard(hashes):
    """RFC 6962, section 2.1, as it is written there."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return tree.node_hash(by_the_standard(hashes[:half]), by_the_standard(hashes[half:]))


@given(leaves)
def test_the_root_is_that_of_the_standard(hashes):
    assert tree.root(hashes) == by_the_standard(hashes)


def test_a_tree_without_leaves_has_a_root_too():
    assert tree.root([]) == tree.EMPTY == hashlib.sha256(b"").digest()


@given(leaves, st.data())
def test_every_leaf_is_proven(hashes, data):
    place = data.draw(st.integers(0, len(hashes) - 1))
    path = tree.proof(hashes, place)
    assert tree.proves(hashes[place], place, len(hashes), path, tree.root(hashes))


@given(leaves, st.data())
def test_nothing_else_is_proven(hashes, data):
    place = data.draw(st.integers(0, len(hashes) - 1))
    path, root = tree.proof(hashes, place), tree.root(hashes)
    other = tree.leaf_hash(b"something of more than eight bytes")
    assert not tree.proves(other, place, len(hashes), path, root)
    assert not tree.proves(hashes[place], len(hashes), len(hashes), path, root)
    assert not tree.proves(hashes[place], place, len(hashes), [*path, other], root)
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        assert not tree.proves(hashes[place], place, len(hashes), path[:at], root)
        changed = [*path[:at], other, *path[at + 1 :]]
        assert not tree.proves(hashes[place], place, len(hashes), changed, root)


@given(leaves, st.data())
def test_a_changed_leaf_changes_the_root(hashes, data):
    place = data.draw(st.integers(0, len(hashes) - 1))
    changed = [*hashes]
    changed[place] = tree.leaf_hash(b"something of more than eight bytes")
    assert tree.root(changed) != tree.root(hashes)


@pytest.mark.parametrize("place", [-1, 3])
def test_a_place_outside_has_no_proof(place):
    with pytest.raises(IndexError):
        tree.proof([b"a", b"b", b"c"], place)
