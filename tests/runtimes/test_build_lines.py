"""Build output that comes in pieces is told in lines."""

import pytest

from services.scheduler.runtimes.container.progress import LINE_CHARACTERS_MAX, StepLines


def told(*pieces: str) -> list[str]:
    lines = StepLines()
    heard = [line for piece in pieces for line in lines.feed({"stream": piece})]
    return [*heard, *lines.end()]


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (("proxy said", " ", "403", "\n", "reached []\n"), ["proxy said 403", "reached []"]),
        (("one\ntwo\n", "\n", "thr", "ee"), ["one", "two", "three"]),
        (("10 %\r50 %\r100 %\n",), ["100 %"]),
        (("crlf\r\n", "next\r\n"), ["crlf", "next"]),
        ((), []),
    ],
)
def test_pieces_become_lines(pieces: tuple[str, ...], expected: list[str]) -> None:
    assert told(*pieces) == expected


def test_an_error_ends_the_line_before_it() -> None:
    lines = StepLines()
    assert lines.feed({"stream": "half a line"}) == []
    assert lines.feed({"error": "exit 3"}) == ["half a line"]


def test_a_line_without_end_is_told_in_parts() -> None:
    lines = StepLines()
    assert lines.feed({"stream": "x" * (LINE_CHARACTERS_MAX + 1)}) != []
    assert lines.end() == []
