"""Captured output on disk: `<unix time> <o|e> <message>` lines in files named by the offset they
begin at.

An offset in the whole stream is the reader's cursor, so that rotation never moves it. What comes
too fast is counted, not kept; what is longer than a line may be is cut. The bytes are hostile and
kept as they are, line ends aside.
"""

import os
import time

LINE_BYTES_MAX = 16 * 1024
_CUT = b" [line cut]"


class LogWriter:
    """Appends lines under caps for size and rate; the oldest file goes when there are too many."""

    def __init__(
        self,
        folder: str,
        *,
        file_bytes: int = 1024 * 1024,
        files_max: int = 8,
        lines_per_second: int = 2000,
        bytes_per_second: int = 1024 * 1024,
    ) -> None:
        self.folder, self.file_bytes, self.files_max = folder, file_bytes, files_max
        self.lines_per_second, self.bytes_per_second = lines_per_second, bytes_per_second
        os.makedirs(folder, mode=0o700, exist_ok=True)
        self.offset = end_of(folder)
        self.file = self._open()
        self.second, self.lines, self.bytes, self.dropped = 0, 0, 0, 0

    def write(self, stream: bytes, message: bytes, at: float | None = None) -> None:
        now = time.time() if at is None else at
        if int(now) != self.second:
            self.tell_dropped(now)
            self.second, self.lines, self.bytes = int(now), 0, 0
        self.lines += 1
        self.bytes += len(message)
        if self.lines > self.lines_per_second or self.bytes > self.bytes_per_second:
            self.dropped += 1
            return
        self._append(now, stream, message)

    def tell_dropped(self, now: float) -> None:
        if self.dropped:
            self._append(now, b"e", b"%d lines dropped" % self.dropped)
            self.dropped = 0

    def _append(self, now: float, stream: bytes, message: bytes) -> None:
        if self.offset - self.begin >= self.file_bytes:
            self._rotate()
        line = b"%.6f %s %s\n" % (now, stream, message)
        try:
            os.write(self.file, line)
        except OSError:
            return  # a full disk must not end the app; the gap shows in the times
        self.offset += len(line)

    def _rotate(self) -> None:
        os.close(self.file)
        self.file = self._open()
        for name in names(self.folder)[: -self.files_max]:
            os.unlink(f"{self.folder}/{name}")

    def _open(self) -> int:
        self.begin = self.offset
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        return os.open(f"{self.folder}/{self.offset:020d}.log", flags, 0o600)


class LineSplitter:
    """Cuts a stream of chunks into lines, holding at most one line's worth of bytes."""

    def __init__(self, writer: LogWriter, stream: bytes) -> None:
        self.writer, self.stream = writer, stream
        self.held = b""
        self.skipping = False
        self.at: float | None = None

    def feed(self, chunk: bytes, at: float | None = None) -> None:
        """`at`: when it was printed, where that is known better than by the clock."""
        self.at = at
        *lines, rest = chunk.split(b"\n")
        for line in lines:
            self._line(line)
        if not self.skipping:
            self.held += rest
            if len(self.held) > LINE_BYTES_MAX:
                self.writer.write(self.stream, self.held[:LINE_BYTES_MAX] + _CUT, self.at)
                self.held, self.skipping = b"", True

    def _line(self, line: bytes) -> None:
        if self.skipping:
            self.skipping = False
            return
        whole = (self.held + line).rstrip(b"\r")
        self.held = b""
        if len(whole) > LINE_BYTES_MAX:
            whole = whole[:LINE_BYTES_MAX] + _CUT
        self.writer.write(self.stream, whole, self.at)

    def end(self) -> None:
        if self.held:
            self._line(b"")


def names(folder: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if name.endswith(".log"))
    except FileNotFoundError:
        return []


def end_of(folder: str) -> int:
    found = names(folder)
    if not found:
        return 0
    return int(found[-1][:20]) + os.stat(f"{folder}/{found[-1]}").st_size


def read_after(folder: str, cursor: int, limit: int) -> list[tuple[int, float, str, str]]:
    """Whole lines that begin at or after the cursor: (cursor after the line, time, stream,
    message).
    """
    found: list[tuple[int, float, str, str]] = []
    for name in names(folder):
        begin = int(name[:20])
        try:
            with open(f"{folder}/{name}", "rb") as file:
                file.seek(max(0, cursor - begin))
                for line in file:
                    if not line.endswith(b"\n"):
                        return found
                    cursor = max(begin, cursor) + len(line)
                    parsed = _parse(line)
                    if parsed is not None:
                        found.append((cursor, *parsed))
                    if len(found) >= limit:
                        return found
        except FileNotFoundError:
            continue  # rotated away between the listing and now
    return found


def _parse(line: bytes) -> tuple[float, str, str] | None:
    try:
        moment, stream, message = line[:-1].split(b" ", 2)
        return float(moment), stream.decode("ascii"), message.decode(errors="replace")
    except ValueError:
        return None  # half a line, written as the disk filled up
