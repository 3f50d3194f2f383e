"""Secrets that are put in through every door, and the search for them in everything that is kept.

Each is looked for as it is, in base64 at any offset, in hex and URL-coded."""

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from tests.support.stack import Stack

_DUMP = "copy (select * from {}) to stdout"
CHUNK = 4 * 1024 * 1024
# Where secrets live: keys of the installation, 0600, in no dump and no export.
OF_THE_INSTALLATION = "keys"


@dataclass(frozen=True, slots=True)
class Canary:
    door: str
    text: str

    @property
    def forms(self) -> frozenset[bytes]:
        raw = self.text.encode()
        return frozenset(
            {
                raw,
                raw.hex().encode(),
                raw.hex().upper().encode(),
                quote(self.text, safe="").encode(),
                *_in_base64(raw),
            }
        )


def _in_base64(raw: bytes) -> Iterator[bytes]:
    """What of it is the same whatever stands before it, at each of the three offsets."""
    for offset in range(3):
        coded = base64.b64encode(b"\0" * offset + raw).rstrip(b"=")
        kept = coded[4 if offset else 0 : -1]
        yield kept
        yield kept.replace(b"+", b"-").replace(b"/", b"_")


class Search:
    def __init__(self, canaries: Iterable[Canary]) -> None:
        self._doors = {form: each.door for each in canaries for form in each.forms}
        self._pattern = re.compile(b"|".join(re.escape(form) for form in self._doors))
        self._overlap = max(map(len, self._doors))

    def bytes(self, where: str, content: bytes) -> list[str]:
        found = {self._doors[each.group()] for each in self._pattern.finditer(content)}
        return [f"{door} in {where}" for door in sorted(found)]

    def files(self, folder: Path, *, but: frozenset[str] = frozenset()) -> list[str]:
        found: list[str] = []
        for path in sorted(folder.rglob("*")):
            parts = path.relative_to(folder).parts
            if but & set(parts) or path.is_symlink() or not path.is_file():
                continue
            try:
                found += self._file(path)
            except FileNotFoundError:
                continue  # Removed by its process while we looked.
        return sorted(set(found))

    def _file(self, path: Path) -> list[str]:
        found: list[str] = []
        before = b""
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                found += self.bytes(str(path), before + chunk)
                before = chunk[-self._overlap :]
        return found

    def database(self, stack: Stack) -> list[str]:
        """Every row of every table as text: pages on disk may be compressed."""
        found: list[str] = []
        with psycopg.connect(stack.superuser_dsn()) as connection:
            tables = connection.execute(
                "select format('%I.%I', schemaname, tablename) from pg_tables"
                " where schemaname not in ('pg_catalog', 'information_schema')"
            ).fetchall()
            assert len(tables) > 20
            for (table,) in tables:
                with connection.cursor() as cursor, cursor.copy(_DUMP.format(table)) as rows:
                    content = b"".join(bytes(row) for row in rows)
                found += self.bytes(table, content)
        return found

    def processes(self, stack: Stack, *, but: frozenset[str] = frozenset()) -> list[str]:
        """Arguments of all that the stack runs, and the environment of what may be read."""
        found: list[str] = []
        seen = 0
        for process in psutil.Process(stack.supervisor_pid).children(recursive=True):
            try:
                words = "\0".join(process.cmdline())
                found += self.bytes(f"arguments of {words[:60]!r}", words.encode())
                content = Path(f"/proc/{process.pid}/environ").read_bytes()
            except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
                continue  # It ended while we looked.
            except PermissionError:
                continue  # Of another user, or not dumpable: nobody reads it, we neither.
            seen += 1
            if not any(name in words for name in but):
                found += self.bytes(f"environment of {words[:60]!r}", content)
        assert seen > 0
        return found
