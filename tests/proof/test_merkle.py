"""Trees as RFC 6962 has them, against its definition written down as plainly as it stands there."""

import hashlib

from hypothesis import given
from hypothesis import strategies as some

from shared.proof.merkle import (
    Frontier,
    consistency_path,
    inclusion_path,
    is_consistent,
    leaf_hash,
    root_from_path,
    root_of,
)

SIZES = some.integers(1, 70)


def leaves(size: int) -> list[bytes]:
    return [leaf_hash(str(i).encode()) for i in range(size)]


def root_by_definition(hashes: list[bytes]) -> bytes:
    if len(hashes) < 2:
        return hashes[0] if hashes else hashlib.sha256().digest()
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    left, right = root_by_definition(hashes[:split]), root_by_definition(hashes[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def test_the_root_is_the_one_of_the_known_vectors() -> None:
    # From the tests of Certificate Transparency's reference implementation.
    entries = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
    hashes = [leaf_hash(bytes.fromhex(entry)) for entry in entries]
    assert root_of([]).hex().startswith("e3b0c44298fc1c14")
    assert root_of(hashes[:1]).hex().startswith("6e340b9cffb37a98")
    assert root_of(hashes[:2]).hex().startswith("fac54203e7cc696c")
    assert root_of(hashes[:3]).hex().startswith("aeb6bcfe274b70a1")
    assert root_of(hashes[:7]).hex().startswith("ddb89be403809e32")


@given(some.integers(0, 130))
def test_the_root_is_what_the_definition_says(size: int) -> None:
    assert root_of(leaves(size)) == root_by_definition(leaves(size))


@given(some.integers(0, 130))
def test_a_growing_tree_has_the_root_of_the_whole_at_every_size(size: int) -> None:
    frontier = Frontier()
    for i, leaf in enumerate(leaves(size)):
        assert frontier.root() == root_of(leaves(i))
        frontier.append(leaf)
    assert (frontier.root(), frontier.size) == (root_of(leaves(size)), size)


@given(SIZES, some.data())
def test_every_leaf_is_shown_to_be_where_it_is_and_nowhere_else(
    size: int, data: some.DataObject
) -> None:
    hashes = leaves(size)
    index = data.draw(some.integers(0, size - 1))
    path = inclusion_path(hashes, index)
    root = root_of(hashes)
    assert root_from_path(hashes[index], index=index, size=size, path=path) == root
    for other in range(size):
        if other != index:
            assert root_from_path(hashes[index], index=other, size=size, path=path) != root
    assert root_from_path(leaf_hash(b"x"), index=index, size=size, path=path) != root
    assert root_from_path(hashes[index], index=index, size=size, path=(*path, root)) is None


@given(SIZES, some.data())
def test_a_tree_is_shown_to_begin_with_each_of_its_pasts_and_no_other(
    size: int, data: some.DataObject
) -> None:
    hashes = leaves(size)
    old_size = data.draw(some.integers(1, size))
    path = consistency_path(hashes, old_size)
    old, new = root_of(hashes[:old_size]), root_of(hashes)
    assert is_consistent(old, new, old_size=old_size, new_size=size, path=path)
    forged = [*hashes[: old_size - 1], leaf_hash(b"forged")]
    assert not is_consistent(root_of(forged), new, old_size=old_size, new_size=size, path=path)
    changed = [*forged, *hashes[old_size:]]
    assert not is_consistent(
        old,
        root_of(changed),
        old_size=old_size,
        new_size=size,
        path=consistency_path(changed, old_size),
    )
    if old_size < size:
        assert not is_consistent(old, new, old_size=old_size, new_size=size, path=path[:-1])
