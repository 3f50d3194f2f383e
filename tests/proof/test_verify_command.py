"""`chronoplane verify` on files: good ones pass, each kind of damage is named with its position."""

import asyncio
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.cli.__main__ import main
from shared.eventstore.verify_export import verify_export
from shared.proof.checkpoint import Signer
from tests.proof.sealed_log import ACME, BETA, SealedLog

LOG = asyncio.run(SealedLog.grown())
WHOLE = asyncio.run(LOG.lines())
ACMES = asyncio.run(LOG.lines(ACME))
ALL = {"whole": WHOLE, "account": ACMES}

Lines = list[bytes]


def place(lines: Lines, kind: str, key: str = "", value: object = None) -> int:
    for index, line in enumerate(lines):
        document = json.loads(line)
        if document["kind"] == kind and (not key or document[key] == value):
            return index
    raise AssertionError(f"no {kind} with {key} {value}")


def at(lines: Lines, position: int) -> int:
    return place(lines, "event", "position", position)


def edited(line: bytes, **changes: object) -> bytes:
    return json.dumps({**json.loads(line), **changes}).encode() + b"\n"


def edit(lines: Lines, position: int, **changes: object) -> Lines:
    index = at(lines, position)
    return [*lines[:index], edited(lines[index], **changes), *lines[index + 1 :]]


def without(lines: Lines, *indexes: int) -> Lines:
    return [line for index, line in enumerate(lines) if index not in indexes]


def swapped(lines: Lines, one: int, other: int) -> Lines:
    changed = list(lines)
    changed[one], changed[other] = lines[other], lines[one]
    return changed


def renumbered(lines: Lines, one: int, other: int) -> Lines:
    """The contents of two positions exchanged, their numbers kept in order."""
    changed = list(lines)
    changed[at(lines, one)] = edited(lines[at(lines, other)], position=one)
    changed[at(lines, other)] = edited(lines[at(lines, one)], position=other)
    return changed


def inserted(lines: Lines, position: int) -> Lines:
    """A forged event before `position`, those behind it in its block moved up by one."""
    forged = edited(lines[at(lines, position)], stream="service-new", version=1, leaf="ab" * 32)
    index = at(lines, position)
    return [*lines[:index], forged, *lines[index:]]


# What is done to the file, what is said of it, first bad position.
DAMAGE: dict[str, tuple[str, Callable[[Lines], Lines], str, int]] = {
    "data": ("whole", lambda x: edit(x, 9, data='{"n": 9}'), "changed", 9),
    "space in data": ("whole", lambda x: edit(x, 9, data='{"n":8}'), "changed", 9),
    "actor": ("whole", lambda x: edit(x, 9, actor="user:x"), "changed", 9),
    "reason": ("whole", lambda x: edit(x, 9, reason="x"), "changed", 9),
    "version": ("whole", lambda x: edit(x, 9, version=4), "missing", 9),
    "event id": (
        "whole",
        lambda x: edit(x, 9, event_id="00000000-0000-8000-8000-000000000001"),
        "changed",
        9,
    ),
    "time": (
        "whole",
        lambda x: edit(x, 9, recorded_at="2020-01-01T00:00:00Z"),
        "changed",
        9,
    ),
    "leaf": ("whole", lambda x: edit(x, 9, leaf="00" * 32), "changed", 9),
    "no hash": ("whole", lambda x: edit(x, 9, leaf="zz"), "changed", 9),
    "missing": ("whole", lambda x: without(x, at(x, 9)), "missing", 9),
    "last of a block missing": ("whole", lambda x: without(x, at(x, 12)), "missing", 12),
    "two missing": ("whole", lambda x: without(x, at(x, 9), at(x, 10)), "missing", 9),
    "reordered": ("whole", lambda x: swapped(x, at(x, 9), at(x, 10)), "reordered", 9),
    "moved far": ("whole", lambda x: swapped(x, at(x, 7), at(x, 12)), "reordered", 7),
    "renumbered": ("whole", lambda x: renumbered(x, 9, 10), "reordered", 9),
    "inserted": ("whole", lambda x: inserted(x, 9), "inserted", 9),
    "twice": ("whole", lambda x: [*x[: at(x, 9)], x[at(x, 9)], *x[at(x, 9) :]], "inserted", 10),
    "after the last": (
        "whole",
        lambda x: [*x[: at(x, 24) + 1], edited(x[at(x, 24)], position=25), *x[at(x, 24) + 1 :]],
        "inserted",
        25,
    ),
    "block missing": ("whole", lambda x: without(x, place(x, "block", "number", 2)), "inserted", 7),
    "block and events missing": (
        "whole",
        lambda x: x[: place(x, "block", "number", 2)] + x[place(x, "block", "number", 3) :],
        "missing",
        7,
    ),
    "last block missing": (
        "whole",
        lambda x: x[: place(x, "block", "number", 4)] + x[place(x, "checkpoint") :],
        "missing",
        19,
    ),
    "cut": ("whole", lambda x: x[: at(x, 15)], "missing", 13),
    "end missing": ("whole", lambda x: x[:-1], "missing", 25),
    "checkpoint missing": ("whole", lambda x: without(x, len(x) - 2), "unsigned", 1),
    "half a line": (
        "whole",
        lambda x: [*x[: at(x, 9)], x[at(x, 9)][:50] + b"\n", *x[at(x, 9) + 1 :]],
        "malformed",
        7,
    ),
    "account: data": ("account", lambda x: edit(x, 9, data='{"n": 9}'), "changed", 9),
    "account: leaf": ("account", lambda x: edit(x, 9, leaf="00" * 32), "changed", 9),
    "account: time": (
        "account",
        lambda x: edit(x, 9, recorded_at="2020-01-01T00:00:00Z"),
        "changed",
        9,
    ),
    "account: path": ("account", lambda x: edit(x, 9, path=[]), "changed", 9),
    # Its stream's next event is where the gap shows.
    "account: missing": ("account", lambda x: without(x, at(x, 9)), "missing", 13),
    "account: reordered": ("account", lambda x: swapped(x, at(x, 9), at(x, 10)), "missing", 13),
    "account: twice": (
        "account",
        lambda x: [*x[: at(x, 9)], x[at(x, 9)], *x[at(x, 9) :]],
        "inserted",
        9,
    ),
    "account: cut": ("account", lambda x: x[: at(x, 15)], "missing", 15),
    "account: end of it missing": (
        "account",
        lambda x: without(x, *range(at(x, 21), at(x, 23) + 1)),
        "missing",
        20,
    ),
    "account: hashes missing": (
        "account",
        lambda x: without(x, place(x, "hashes", "first", 1)),
        "missing",
        24,
    ),
}
DAMAGE["account: reordered"] = (
    "account",
    lambda x: swapped(x, at(x, 9), at(x, 10)),
    "reordered",
    9,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "checkpoint.pub").write_text(LOG.signer.verifier.text() + "\n")
    (tmp_path / "one.note").write_text(LOG.notes[1])
    witness = "".join(json.dumps({"note": note}) + "\n" for note in LOG.notes)
    (tmp_path / "witness.jsonl").write_text(witness + '{"torn')
    return tmp_path


def verify(
    folder: Path, lines: Lines, *options: str, capsys: pytest.CaptureFixture[str]
) -> tuple[int, Any]:
    file = folder / "export.ndjson"
    file.write_bytes(b"".join(lines))
    code = main(["verify", str(file), "--json", *options])
    said = capsys.readouterr()
    return code, json.loads(said.out or said.err)


@pytest.mark.parametrize("kind", list(ALL))
def test_a_good_export_is_found_good(
    folder: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    key, witness = str(folder / "checkpoint.pub"), str(folder / "witness.jsonl")
    options = ("--key", key, "--checkpoint", witness, "--checkpoint", str(folder / "one.note"))
    code, report = verify(folder, ALL[kind], *options, capsys=capsys)
    assert (code, report["ok"], report["to_position"]) == (0, True, 24)
    assert (report["events"], report["checkpoints_compared"]) == (
        {"whole": 24, "account": 18}[kind],
        4,
    )
    assert report["trust"] == "by the key you gave and 4 checkpoint(s) kept elsewhere"


@pytest.mark.parametrize("name", list(DAMAGE))
def test_damage_is_named_with_its_first_position(
    folder: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    which, damage, kind, position = DAMAGE[name]
    code, report = verify(folder, damage(ALL[which]), capsys=capsys)
    assert code == 8
    assert report["ok"] is False
    assert report["finding"]["position"] == position, report
    if kind != "any":
        assert report["finding"]["kind"] == kind, report


@given(some.data())
def test_no_line_can_be_lost_doubled_or_moved_unseen(data: some.DataObject) -> None:
    lines = ALL[data.draw(some.sampled_from(list(ALL)))]
    one = data.draw(some.integers(0, len(lines) - 1))
    other = data.draw(some.integers(0, len(lines) - 1).filter(lambda i: i != one))
    # In one account's export a doubled block line says the same thing twice.
    for changed in (without(lines, one), swapped(lines, one, other)):
        assert not verify_export(changed, pinned=LOG.signer.verifier).ok


def test_a_field_that_nothing_vouches_for_is_refused() -> None:
    for lines in ALL.values():
        report = verify_export([*lines[:3], edited(lines[3], approved_by="ana"), *lines[4:]])
        assert report.finding is not None
        assert report.finding.kind == "malformed"


@given(some.data())
def test_no_field_can_be_changed_unseen(data: some.DataObject) -> None:
    lines = ALL[data.draw(some.sampled_from(list(ALL)))]
    index = data.draw(some.integers(0, len(lines) - 1))
    document = json.loads(lines[index])
    said_only = {"made_at", "public_key", "kind"}
    field = data.draw(some.sampled_from(sorted(set(document) - said_only)))
    value = document[field]
    if isinstance(value, int):
        other: object = value + data.draw(some.integers(1, 5))
    elif isinstance(value, list):
        other = [*value, "00" * 32]
    elif value is None:
        other = "00000000-0000-8000-8000-000000000001"
    elif field == "recorded_at":
        other = "2026-11-25T09:00:00.000001Z"
    else:
        other = data.draw(some.text(min_size=1, max_size=70).filter(lambda t: t != value))
    changed = [*lines[:index], edited(lines[index], **{field: other}), *lines[index + 1 :]]
    assert not verify_export(changed, pinned=LOG.signer.verifier).ok


def test_another_key_is_told_from_damage(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "other.pub").write_text(Signer.new().verifier.text())
    code, report = verify(folder, WHOLE, "--key", str(folder / "other.pub"), capsys=capsys)
    assert (code, report["finding"]["kind"]) == (8, "unsigned")


def test_without_anything_from_outside_it_says_so(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / "export.ndjson"
    file.write_bytes(b"".join(WHOLE))
    assert main(["verify", str(file)]) == 0
    said = capsys.readouterr()
    assert "self-signed: shows accidents, not fraud" in said.out
    assert "24 events in 4 streams, 4 blocks to position 24" in said.out
    assert said.err == ""


def test_an_account_is_told_what_its_export_cannot_show(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / "export.ndjson"
    file.write_bytes(b"".join(asyncio.run(LOG.lines(BETA))))
    assert main(["verify", str(file)]) == 0
    assert "cannot show that a whole stream is absent" in capsys.readouterr().out


def test_an_export_can_come_from_a_pipe(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"".join(WHOLE))))
    assert main(["verify", "-"]) == 0
    assert "OK" in capsys.readouterr().out


def test_an_export_older_than_the_checkpoint_is_judged_only_when_asked(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    older = SealedLog(LOG.events[:12], LOG.signer)
    lines = asyncio.run(older.lines())
    witness = ("--checkpoint", str(folder / "witness.jsonl"))
    code, report = verify(folder, lines, *witness, capsys=capsys)
    assert (code, report["finding"]["kind"], report["finding"]["position"]) == (8, "missing", 13)
    code, report = verify(folder, lines, *witness, "--older", capsys=capsys)
    assert (code, report["checkpoints_compared"]) == (0, 2)


def test_a_bomb_is_not_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bomb = [WHOLE[0], b'{"kind": "event", "data": "' + b"x" * 9_000_000]
    code, report = verify(folder, bomb, capsys=capsys)
    assert (code, report["finding"]["kind"]) == (8, "malformed")
    code, report = verify(folder, [b"[" * 100_000], capsys=capsys)
    assert (code, report["finding"]["kind"]) == (8, "malformed")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["verify", "/nowhere/export.ndjson"], 3),
        (["verify", "{export}", "--key", "/nowhere/key"], 3),
        (["verify", "{export}", "--key", "{export}"], 2),
        (["verify", "{export}", "--checkpoint", "{key}"], 2),
    ],
)
def test_wrong_files_are_told_from_damage(
    folder: Path, arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "export").write_bytes(b"".join(WHOLE))
    names = {"export": folder / "export", "key": folder / "checkpoint.pub"}
    assert main([argument.format(**names) for argument in arguments]) == code
    assert capsys.readouterr().err.startswith("error: ")


def test_wrong_usage_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["verify"], ["verify", "x", "--nonsense"], ["nonsense"]):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 2
        said = capsys.readouterr().err
        assert said.startswith("error: ")
        assert "chronoplane --help" in said or "chronoplane verify --help" in said
