"""What `doctor` finds, and that it says what to do about each."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.cli import doctor
from services.cli.__main__ import main
from services.cli.server import Got

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def got(date: str) -> Got:
    return Got(document={}, status=200, headers={"date": date})


@pytest.mark.parametrize(
    ("date", "state"),
    [("Wed, 25 Nov 2026 12:00:02 GMT", "ok"), ("Wed, 25 Nov 2026 11:00:00 GMT", "warn"),
     ("", "skipped")],
)  # fmt: skip
def test_clocks_are_compared(date: str, state: str) -> None:
    assert doctor.clock(got(date), NOW).state == state


def test_a_process_that_is_not_ready_says_what_to_do() -> None:
    ready = {
        "processes": {
            "query": {"ready": False, "checks": {"bus": "ok", "views": "services is halted"}},
            "edge": {"ready": True, "checks": {"haproxy": "ok"}},
            "sealer": {"ready": False, "checks": {"new": "odd"}},
        }
    }
    query, edge, sealer = doctor.processes(ready)
    assert (query.state, query.says) == ("bad", "views: services is halted")
    assert query.do == doctor.REMEDIES["views"]
    assert (edge.state, edge.do) == ("ok", "")
    assert sealer.do == doctor.ELSE


@pytest.mark.parametrize(("days", "state"), [(None, "ok"), (90, "ok"), (3, "warn")])
def test_a_key_that_ends_soon_is_told(days: int | None, state: str) -> None:
    ends = None if days is None else (NOW + timedelta(days=days)).isoformat().replace("+00:00", "Z")
    caller = {"handle": "ana", "name": "Ana", "key": {"name": "laptop", "expires_at": ends}}
    assert doctor.credential(caller, NOW).state == state


def test_seals_that_are_behind_or_bad_are_wrong() -> None:
    log: dict[str, Any] = {"head": 100, "sealed_to": 90, "verification": None}
    assert [one.state for one in doctor.seals(log)] == ["ok"]
    log = {"head": 9000, "sealed_to": 90, "verification": {"bad_position": 12}}
    assert [one.state for one in doctor.seals(log)] == ["bad", "bad"]


def test_what_was_given_up_and_what_is_in_trouble_names_its_command() -> None:
    (hook,) = doctor.deliveries([{"id": "h", "url": "u", "dead": 2}, {"id": "i", "dead": 0}])
    assert hook.do.startswith("chronoplane webhooks deliveries h")
    service = {"project_handle": "acme", "slug": "web", "status_message": "", "status_reason": "r"}
    (found,) = doctor.troubled([{**service, "status": "failed"}, {**service, "status": "running"}])
    assert found.do == "chronoplane why acme/web"


def test_keys_that_others_may_read_are_told(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    token = tmp_path / "keys" / "admin_token"
    token.write_text("t")
    token.chmod(0o644)
    assert [one.check for one in doctor.disk(tmp_path)] == ["disk", "keys"]
    token.chmod(0o600)
    assert [one.check for one in doctor.disk(tmp_path)] == ["disk"]
    assert list(doctor.disk(tmp_path / "elsewhere")) == []


def test_where_nobody_answers_it_is_wrong_and_says_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHRONOPLANE_TOKEN", "any")
    assert main(["doctor", "--url", "http://127.0.0.1:1"]) == 1
    told = capsys.readouterr()
    assert "gateway\tbad\thttp://127.0.0.1:1 does not answer" in told.out
    assert "make run" in told.out
