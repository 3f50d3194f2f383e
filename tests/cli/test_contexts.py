"""Installations by name: what goes over what, and what keeps a write from the wrong one."""

import argparse
import io
import os
import stat
from pathlib import Path

import pytest

from services.cli import contexts
from services.cli.__main__ import main
from services.cli.contexts import Book, Context
from services.cli.refused import Refused
from tests.cli.test_tables import screen

PROD = Context(name="prod", url="http://127.0.0.1:1", project="acme", confirm=True)
SHOW = Context(name="show", url="http://127.0.0.1:1", read_only=True)


@pytest.fixture(autouse=True)
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Book:
    for name in [name for name in os.environ if name.startswith("CHRONOPLANE")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    made = Book().with_(SHOW).with_(PROD)
    contexts.write(made)
    contexts.write_private(PROD.token_file, "of-prod\n")
    return made


def chosen(**given: object) -> argparse.Namespace:
    told = {"url": None, "context": None, "token_file": None, "project": None}
    return argparse.Namespace(**{**told, "needs_project": True, **given})


def test_what_is_written_is_read_again_and_is_private(book: Book) -> None:
    assert contexts.read() == book
    for file in (contexts.folder() / "config.toml", PROD.token_file):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    odd = Context(name="a.b", url='http://x/"\\é', project="p")
    contexts.write(book.with_(odd))
    assert contexts.read().contexts["a.b"] == odd


def test_the_one_in_use_gives_place_project_and_token() -> None:
    asked = chosen()
    assert contexts.fill(asked) == PROD
    assert (asked.url, asked.project, asked.token_file) == (PROD.url, "acme", PROD.token_file)


@pytest.mark.parametrize("setting", ["CHRONOPLANE_URL", "CHRONOPLANE_GATEWAY_PORT"])
def test_the_environment_goes_over_the_file(setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(setting, "8080")
    asked = chosen()
    assert contexts.fill(asked) is None
    # Its token belongs to its own URL alone.
    assert (asked.url, asked.project, asked.token_file) == (None, "default", None)
    assert contexts.fill(chosen(context="show")) == SHOW  # Said, it goes over both.


def test_a_url_that_is_said_takes_no_token_of_a_context() -> None:
    asked = chosen(url="http://elsewhere")
    assert contexts.fill(asked) is None
    assert asked.token_file is None
    with pytest.raises(Refused, match="two installations"):
        contexts.fill(chosen(url="http://elsewhere", context="prod"))


def test_a_token_of_the_environment_is_not_sent_to_a_context_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CHRONOPLANE_TOKEN", "another's")
    asked = chosen(context="prod")
    contexts.fill(asked)
    assert asked.token_file == PROD.token_file


def test_a_context_for_reading_refuses_what_writes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scale", "hello", "3", "--context", "show"]) == 4
    assert "for reading only" in capsys.readouterr().err
    contexts.check_write(SHOW, chosen(writes=True, plan=True), screen(is_terminal=False))


@pytest.mark.parametrize(("typed", "is_done"), [("prod", True), ("yes", False), ("", False)])
def test_its_name_is_typed_before_a_change(
    typed: str, is_done: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Keyboard(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Keyboard(f"{typed}\n"))
    output = screen(is_terminal=True)
    if is_done:
        contexts.check_write(PROD, chosen(writes=True), output)
    else:
        with pytest.raises(Refused, match="nothing was done"):
            contexts.check_write(PROD, chosen(writes=True), output)


def test_who_says_it_has_typed_it() -> None:
    contexts.check_write(PROD, chosen(writes=True, context="prod"), screen(is_terminal=False))


def test_one_that_is_unknown_or_a_broken_file_says_what_to_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["services", "--context", "nowhere"]) == 3
    assert "chronoplane login --context nowhere" in capsys.readouterr().err
    (contexts.folder() / "config.toml").write_text("contexts = 3")
    assert main(["services"]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_one_that_is_forgotten_is_no_longer_meant() -> None:
    assert main(["context", "delete", "prod"]) == 0
    assert contexts.read() == Book(current=contexts.LOCAL, contexts={"show": SHOW})
    assert not PROD.token_file.exists()


def test_nothing_is_kept_of_a_sign_in_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("token\n"))
    before = contexts.read()
    assert main(["login", "--context", "new", "--url", "http://127.0.0.1:1"]) == 7
    assert contexts.read() == before
    assert not (contexts.folder() / "tokens" / "new").exists()
