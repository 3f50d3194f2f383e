"""The lines of a file that lies in parts, counted, so that whatever is wrong can be found in it."""

import hashlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from shared.proof.export_format import LINE_BYTES_MAX, Malformed


class Lines:
    """Reads each part once. `number` is that of the line read last, from 1."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = parts
        self._hash = hashlib.sha256()
        self._positions = array("q")
        self._numbers = array("q")
        self.number = 0
        self.bytes = 0

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def __iter__(self) -> Iterator[bytes]:
        rest = b""
        for part in self._parts:
            self._hash.update(part)
            self.bytes += len(part)
            *whole, rest = (rest + part).split(b"\n")
            for line in whole:
                yield self._counted(line)
            if len(rest) > LINE_BYTES_MAX:
                raise Malformed(self.number + 1, f"is longer than {LINE_BYTES_MAX} bytes")
        if rest:
            yield self._counted(rest)

    def note(self, position: int) -> None:
        """The line read last is the event of this position."""
        self._positions.append(position)
        self._numbers.append(self.number)

    def line_of(self, position: int) -> int:
        """Of the event there, or of the first behind it; else the line read last."""
        found = bisect_left(self._positions, position)
        return self._numbers[found] if found < len(self._numbers) else self.number

    def _counted(self, line: bytes) -> bytes:
        self.number += 1
        if len(line) > LINE_BYTES_MAX:
            raise Malformed(self.number, f"is longer than {LINE_BYTES_MAX} bytes")
        return line
