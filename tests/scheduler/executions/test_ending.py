"""How a job ended, in a word and a sentence; what it says of itself; how a command is run."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.scheduler.executions.script import runnable
from services.scheduler.executions.stats import read_stats
from services.scheduler.executions.verdict import verdict
from services.scheduler.runtimes.interface import ExitCause


def ended(**values: Any) -> ExitCause:
    told: dict[str, Any] = {
        "code": None, "signal": None, "oom": False, "asked": False, "detail": "",
        "at": datetime(2026, 3, 18, tzinfo=UTC), **values,
    }  # fmt: skip
    return ExitCause(**told)


@pytest.mark.parametrize(
    ("cause", "stop", "outcome", "reason"),
    [
        (ended(code=0), False, "succeeded", ""),
        (ended(code=0), True, "succeeded", ""),
        (ended(code=3), False, "failed", "exit_code"),
        (ended(code=143, asked=True), True, "stopped", "stopped"),
        (ended(signal=15, asked=True), True, "stopped", "stopped"),
        (ended(signal=15, asked=True), False, "error", "control_plane_stopped"),
        (ended(code=137), False, "failed", "signal"),
        (ended(signal=11), False, "failed", "signal"),
        (ended(code=137, oom=True), False, "failed", "out_of_memory"),
        (ended(signal=9, detail="its keeper was killed"), False, "error", "lost"),
        (ended(detail="the machine restarted"), False, "error", "lost"),
        (ended(signal=9, detail="wrote more than its disk limit"), False, "failed", "limit"),
    ],
)
def test_an_end_is_told_by_its_cause(
    cause: ExitCause, stop: bool, outcome: str, reason: str
) -> None:
    found = verdict(cause, stop_asked=stop)
    assert (found.outcome, found.reason) == (outcome, reason)
    assert bool(found.message) == (outcome != "succeeded")


@pytest.mark.parametrize(
    ("command", "run"),
    [
        ("train.py --fast", "python train.py --fast"),
        ("scripts/go.sh", "sh scripts/go.sh"),
        ("plot.R", "Rscript plot.R"),
        ("python train.py", "python train.py"),
        ("./train.py", "./train.py"),
        ("echo a.py", "echo a.py"),
    ],
)
def test_a_file_is_run_by_what_its_ending_says(command: str, run: str) -> None:
    assert runnable(command) == run


def test_stats_are_plain_values_by_name(tmp_path: Path) -> None:
    held = {"r2": 0.5, "name": "a", "ok": True, "list": [1], "n": None}
    (tmp_path / "dominostats.json").write_text(json.dumps(held))
    stats, note = read_stats(tmp_path)
    assert stats == (("n", "null"), ("name", "a"), ("ok", "true"), ("r2", "0.5"))
    assert "plain values" in note


@pytest.mark.parametrize("text", ["no json", "[1]", "[" * 100_000])
def test_what_is_no_object_is_no_stats(tmp_path: Path, text: str) -> None:
    (tmp_path / "dominostats.json").write_text(text)
    stats, note = read_stats(tmp_path)
    assert stats == () and "is not read" in note


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text('{"a": 1}')
    work = tmp_path / "work"
    work.mkdir()
    (work / "dominostats.json").symlink_to(tmp_path / "secret")
    assert read_stats(work) == ((), "")
