"""What people see on a terminal, and what a pipe gets in its place."""

import io
import json
import subprocess
from datetime import UTC, datetime, timedelta
from typing import TextIO

import pytest

from services.cli import cells
from services.cli.__main__ import main
from services.cli.history import touches, whole_secrets
from services.cli.output import Output
from services.cli.table import Cell, Column, Table, cut, rendered, width_of

TABLE = Table(
    (Column("NAME", shrinks=True), Column("N", is_number=True), Column("STATE")),
    [
        (Cell("vision"), Cell("4"), cells.state("degraded")),
        (Cell("a-much-longer-name"), Cell("12"), cells.state("running")),
    ],
)


def plain(text: str, tone: str) -> str:
    return text


def screen(*, is_terminal: bool, colours: bool = False, is_json: bool = False) -> Output:
    return Output(
        is_json=is_json,
        out=io.StringIO(),
        err=io.StringIO(),
        is_terminal=is_terminal,
        colours_out=colours,
        colours_err=colours,
    )


def text_of(stream: TextIO) -> str:
    assert isinstance(stream, io.StringIO)
    return stream.getvalue()


def test_columns_are_aligned() -> None:
    assert rendered(TABLE, width=80, painted=plain) == [
        "NAME                 N  STATE",
        "vision               4  ! degraded",
        "a-much-longer-name  12  ✓ running",
    ]


def test_a_narrow_terminal_cuts_what_may_be_cut() -> None:
    lines = rendered(TABLE, width=28, painted=plain)
    assert lines[2] == "a-much-long…  12  ✓ running"
    assert all(width_of(line) <= 28 for line in lines)


def test_wide_letters_count_as_two() -> None:
    assert width_of("日本") == 4
    assert cut("日本語", 5) == "日本…"
    assert width_of("e\u0301") == 1


def test_a_pipe_gets_tabs_words_and_exact_times() -> None:
    table = Table(
        (Column("A"), Column("B")), [(cells.state("failed"), cells.when("2026-11-17T14:02:11Z"))]
    )
    assert screen(is_terminal=False).lines_of(table) == ["failed\t2026-11-17T14:02:11Z"]


def test_colour_is_for_terminals_that_want_it() -> None:
    assert "\x1b[33m" in "".join(screen(is_terminal=True, colours=True).lines_of(TABLE))
    assert "\x1b" not in "".join(screen(is_terminal=True).lines_of(TABLE))


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdout", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert Output.of_terminal(is_json=False).colours_out
    monkeypatch.setenv("NO_COLOR", "1")
    assert not Output.of_terminal(is_json=False).colours_out


def test_an_empty_list_is_a_list_in_json_and_a_sentence_on_a_terminal() -> None:
    empty = Table(TABLE.columns, [])
    asked, seen = screen(is_terminal=True, is_json=True), screen(is_terminal=True)
    asked.table([], empty, empty="none there")
    seen.table([], empty, empty="none there")
    assert json.loads(text_of(asked.out)) == []
    assert text_of(seen.err) == "none there\n"


def test_control_characters_are_shown_and_not_obeyed() -> None:
    assert cells.text("a\x1b[2Jb").text == "a␛[2Jb"
    output = screen(is_terminal=True)
    output.error("no \x1b]0;title\x07")
    assert "\x1b" not in text_of(output.err)


def test_times_say_how_long_ago() -> None:
    now = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
    assert cells.ago(now - timedelta(seconds=8), now) == "8 s ago"
    assert cells.ago(now - timedelta(hours=30), now) == "1 d ago"
    assert cells.when("2026-11-25T11:59:00Z", now).text == "11:59:00 UTC, 1 min ago"
    assert cells.when("2026-11-17T11:59:00Z", now).text.startswith("17 Nov 2026 11:59:00 UTC")


@pytest.mark.parametrize(
    ("field", "fits"),
    [("max_replicas", True), ("replicas_max", True), ("workload.replicas_max", True),
     ("workload", True), ("replicas", False), ("max", False), (None, True)],
)  # fmt: skip
def test_a_field_is_found_by_what_people_call_it(field: str | None, fits: bool) -> None:
    assert touches("/workload/replicas_max", field) is fits


def test_a_secret_is_one_value_and_says_nothing() -> None:
    lines = [
        {"path": "/workload/env/A/mac", "value": "abc"},
        {"path": "/workload/env/A/secret_id", "value": "id"},
        {"path": "/labels/mac", "value": "apple"},
    ]
    shown = whole_secrets(lines)
    assert [line["path"] for line in shown] == ["/workload/env/A", "/labels/mac"]
    assert cells.value(shown[0]["value"]).text == "set (secret)"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nonsense"], "there is no 'nonsense'"),
        (["servces"], "services"),
        (["keys", "isue"], "issue"),
        (["services", "--as-of", "lately"], "is no moment"),
        (["deploy", "hello", "--as-of", "-2h"], "the past is fixed"),
        (["deploy", "hello", "--env", "NOVALUE"], "must be NAME=VALUE"),
        (["history", "hello", "--limit", "-3"], "whole number"),
        (["keys", "revoke"], "required: ID"),
    ],
)
def test_wrong_usage_is_told(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_where_nobody_answers_it_says_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHRONOPLANE_TOKEN", "any")
    assert main(["services", "--url", "http://127.0.0.1:1"]) == 7
    told = capsys.readouterr().err
    assert "does not answer" in told
    assert "next: start it (make run)" in told


def test_without_a_token_it_says_where_it_looked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.delenv("CHRONOPLANE_TOKEN", raising=False)
    monkeypatch.setenv("CHRONOPLANE_DATA_DIR", str(tmp_path))
    assert main(["services"]) == 4
    assert "admin_token" in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_every_verb(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    from services.cli.registry import VERBS

    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert all(verb.name in script for verb in VERBS)
    assert "max-replicas" in script


@pytest.mark.parametrize(
    ("typed", "is_yes"), [("y", True), ("yes", True), ("", False), ("no", False)]
)
def test_a_yes_is_asked_for_at_a_terminal(
    typed: str, is_yes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal(f"{typed}\n"))
    output = screen(is_terminal=True)
    assert output.confirmed("Delete it?") is is_yes
    assert "Delete it? [y/N]" in text_of(output.err)


def test_where_nobody_can_say_yes_the_answer_is_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    output = screen(is_terminal=False)
    assert not output.confirmed("Delete it?")
    assert "--yes" in text_of(output.err)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("chronoplane dep", "deploy"),
        ("chronoplane deploy --max", "--max-replicas"),
        ("chronoplane keys iss", "issue"),
    ],
)
def test_bash_completes_by_the_script(
    words: str, found: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["completion", "bash"])
    script = capsys.readouterr().out
    count = len(words.split()) - 1
    asked = (
        f"{script}\nchronoplane() {{ :; }}\nCOMP_WORDS=({words}); COMP_CWORD={count}\n"
        "_chronoplane; echo ${COMPREPLY[@]}"
    )
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == (found, "")
