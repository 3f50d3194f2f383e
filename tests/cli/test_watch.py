"""`--watch`: what changed between two looks, as a terminal, a pipe and a program see it."""

import argparse
import io
import json
from collections.abc import Iterator

import pytest

from services.cli import watch
from services.cli.output import Output
from services.cli.refused import Refused
from services.cli.table import Cell, Column, Table
from services.cli.verb import Exit
from services.cli.watch import changes, watched
from tests.cli.test_tables import screen, text_of

COLUMNS = (Column("NAME"), Column("N"))
LOOKS = ({"a": "1", "b": "1"}, {"a": "2", "b": "1"}, {"a": "2", "c": "1"})


class Ended(Exception):
    pass


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "EVERY_SECONDS", 0.0)


def told(output: Output, looks: tuple[dict[str, str] | Refused, ...] = LOOKS) -> str:
    left: Iterator[dict[str, str] | Refused] = iter(looks)

    def look(chosen: argparse.Namespace, into: Output) -> Exit:
        seen = next(left, None)
        if seen is None:
            raise Ended
        if isinstance(seen, Refused):
            raise seen
        rows = [(Cell(name), Cell(n)) for name, n in seen.items()]
        values = [{"name": name, "n": n} for name, n in seen.items()]
        into.table(values, Table(COLUMNS, rows), empty="none")
        return Exit.DONE

    with pytest.raises(Ended):
        watched(look, argparse.Namespace(as_of=None), output)
    return text_of(output.out)


def test_a_pipe_gets_a_line_for_each_change() -> None:
    assert told(screen(is_terminal=False)).splitlines() == [
        "+\ta\t1", "+\tb\t1", "~\ta\t2", "+\tc\t1", "-\tb\t1",
    ]  # fmt: skip


def test_a_program_gets_each_change_with_its_kind() -> None:
    lines = [json.loads(line) for line in told(screen(is_terminal=True, is_json=True)).splitlines()]
    assert lines[2] == {"kind": "changed", "item": {"name": "a", "n": "2"}}
    assert [line["kind"] for line in lines] == ["added", "added", "changed", "added", "removed"]


def test_a_terminal_sees_the_newest_with_marks() -> None:
    _, first, second, third = told(screen(is_terminal=True)).split("\x1b[H\x1b[J")
    assert "> " not in first
    assert "> a     2" in second
    assert "  b     1" in second
    assert "> c     1" in third


def test_who_is_away_meanwhile_is_waited_for() -> None:
    output = screen(is_terminal=False)
    away = Refused("nobody answers", may_pass=True)
    told(output, (LOOKS[0], away, LOOKS[1]))
    assert "trying again" in text_of(output.err)
    with pytest.raises(Refused):
        told(screen(is_terminal=False), (away,))  # Never seen at all: it is said at once.
    with pytest.raises(Refused):
        told(screen(is_terminal=False), (LOOKS[0], Refused("you may not")))


def test_the_past_does_not_change() -> None:
    with pytest.raises(Refused, match="does not change"):
        watched(lambda *_: Exit.DONE, argparse.Namespace(as_of="12"), screen(is_terminal=False))


def test_two_of_one_name_are_two() -> None:
    look = watch.Look(is_json=False, out=io.StringIO(), err=io.StringIO())
    look.lines_of(Table(COLUMNS, [(Cell("a"), Cell("1")), (Cell("a"), Cell("2"))]))
    assert list(look.rows.values()) == [("a", "1"), ("a", "2")]
    assert changes(None, {}) == []
