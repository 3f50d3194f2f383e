"""Merkle trees as RFC 6962 (and 9162) have them: roots, inclusion and consistency proofs.

Leaves and inner nodes hash with different prefixes, else an inner node could be shown as a leaf.
`hashes` are always hashes of leaves (`leaf_hash`), in order."""

import hashlib
from collections.abc import Iterable, Sequence

Path = tuple[bytes, ...]

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    if not hashes:
        return EMPTY_ROOT
    level = list(hashes)
    while len(level) > 1:
        level = _parents(level)
    return level[0]


def inclusion_path(hashes: Sequence[bytes], index: int) -> Path:
    """What `root_from_path` needs beside the leaf at `index`; its sibling comes first."""
    return Tree(hashes).path(index)


class Tree:
    """All levels of a tree, for who needs the paths of many of its leaves."""

    __slots__ = ("_levels",)

    def __init__(self, hashes: Sequence[bytes]) -> None:
        self._levels = [list(hashes)]
        while len(self._levels[-1]) > 1:
            self._levels.append(_parents(self._levels[-1]))

    def path(self, index: int) -> Path:
        if not 0 <= index < len(self._levels[0]):
            raise IndexError(f"no leaf {index} in a tree of {len(self._levels[0])}")
        path: list[bytes] = []
        for level in self._levels[:-1]:
            sibling = index ^ 1
            if sibling < len(level):  # The last of an odd level rises without one.
                path.append(level[sibling])
            index //= 2
        return tuple(path)


def root_from_path(leaf: bytes, *, index: int, size: int, path: Path) -> bytes | None:
    """The root of the tree of `size` leaves that has `leaf` at `index`; None where the path does
    not fit such a tree. (RFC 9162, 2.1.3.2)"""
    if not 0 <= index < size:
        return None
    node, last, root = index, size - 1, leaf
    for step in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            root = node_hash(step, root)
            while not node & 1 and node != 0:
                node, last = node >> 1, last >> 1
        else:
            root = node_hash(root, step)
        node, last = node >> 1, last >> 1
    return root if last == 0 else None


def consistency_path(hashes: Sequence[bytes], old_size: int) -> Path:
    """Shows that the tree of the first `old_size` leaves is the beginning of the tree of all."""
    if not 0 < old_size <= len(hashes):
        raise IndexError(f"no older tree of {old_size} in a tree of {len(hashes)}")
    return tuple(_consistency(hashes, old_size, is_whole=True))


def is_consistent(old: bytes, new: bytes, *, old_size: int, new_size: int, path: Path) -> bool:
    """Whether the tree with root `new` begins with the one with root `old`. (RFC 9162, 2.1.4.2)"""
    if not 0 < old_size <= new_size:
        return False
    if old_size == new_size:
        return old == new and not path
    steps = list(path)
    if old_size & (old_size - 1) == 0:
        steps.insert(0, old)
    if not steps:
        return False
    node, last = old_size - 1, new_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old_root = new_root = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old_root, new_root = node_hash(step, old_root), node_hash(step, new_root)
            while not node & 1 and node != 0:
                node, last = node >> 1, last >> 1
        else:
            new_root = node_hash(new_root, step)
        node, last = node >> 1, last >> 1
    return old_root == old and new_root == new and last == 0


class Frontier:
    """The root of a tree that only grows, out of one hash per complete subtree."""

    __slots__ = ("_peaks", "size")

    def __init__(self, hashes: Iterable[bytes] = ()) -> None:
        self.size = 0
        self._peaks: list[bytes] = []  # the largest subtree first
        for hash_ in hashes:
            self.append(hash_)

    def append(self, hash_: bytes) -> None:
        size = self.size
        while size & 1:
            hash_ = node_hash(self._peaks.pop(), hash_)
            size >>= 1
        self._peaks.append(hash_)
        self.size += 1

    def root(self) -> bytes:
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def copy(self) -> "Frontier":
        copied = Frontier()
        copied.size, copied._peaks = self.size, list(self._peaks)
        return copied


def _parents(level: list[bytes]) -> list[bytes]:
    even = len(level) & ~1
    parents = [node_hash(level[i], level[i + 1]) for i in range(0, even, 2)]
    return parents if even == len(level) else [*parents, level[-1]]


def _consistency(hashes: Sequence[bytes], old_size: int, *, is_whole: bool) -> list[bytes]:
    size = len(hashes)
    if old_size == size:
        return [] if is_whole else [root_of(hashes)]
    split = 1 << ((size - 1).bit_length() - 1)
    if old_size <= split:
        rest = root_of(hashes[split:])
        return [*_consistency(hashes[:split], old_size, is_whole=is_whole), rest]
    first = root_of(hashes[:split])
    return [*_consistency(hashes[split:], old_size - split, is_whole=False), first]
