"""What a person gets wrong ends in one sentence and exit code 1, before anything has started."""

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.failure import CannotStart
from deploy.keys import make_keys, make_private_folder
from deploy.local.folders import DataFolderLock
from deploy.local.ports import free_port
from shared.runtime.keys import Keys
from shared.runtime.secret import Secret

ROOT = Path(__file__).resolve().parents[2]


def up(folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    given = {
        "data_dir": str(folder / "data"),
        "gateway_port": str(free_port()),
        "edge_port": str(free_port()),
        **settings,
    }
    return subprocess.run(
        [sys.executable, "-m", "deploy.local", "up"],
        cwd=ROOT,
        env={**os.environ, **{f"CHRONOPLANE_{key.upper()}": text for key, text in given.items()}},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def refusal(folder: Path, **settings: str) -> str:
    done = up(folder, **settings)
    assert done.returncode == 1, done.stdout
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr.strip()


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize("which", ["gateway", "edge"])
def test_a_taken_port_names_its_setting(tmp_path: Path, taken_port: int, which: str) -> None:
    sentence = refusal(tmp_path, **{f"{which}_port": str(taken_port)})
    assert sentence == (
        f"Port {taken_port} on 127.0.0.1 is taken; "
        f"choose another with CHRONOPLANE_{which.upper()}_PORT."
    )


def test_one_port_for_both_is_refused(tmp_path: Path) -> None:
    port = str(free_port())
    assert "cannot share port" in refusal(tmp_path, gateway_port=port, edge_port=port)


def test_an_address_of_another_machine_names_its_setting(tmp_path: Path) -> None:
    assert "see CHRONOPLANE_EDGE_HOST" in refusal(tmp_path, edge_host="192.0.2.1")


def test_a_second_start_on_the_same_folder_says_who_has_it(tmp_path: Path) -> None:
    make_private_folder(tmp_path / "data")
    with DataFolderLock(tmp_path / "data") as lock:
        lock.say("process 42, http://127.0.0.1:8080")
        sentence = refusal(tmp_path)
    assert "Another stack runs on the data folder" in sentence
    assert "process 42, http://127.0.0.1:8080" in sentence


def test_the_lock_is_free_again_when_its_holder_is_gone(tmp_path: Path) -> None:
    for _ in range(2):
        with DataFolderLock(tmp_path), pytest.raises(CannotStart), DataFolderLock(tmp_path):
            pass


@pytest.mark.parametrize("setting", ["nats_server_bin", "haproxy_bin", "bwrap_bin"])
def test_a_missing_program_names_its_setting(tmp_path: Path, setting: str) -> None:
    sentence = refusal(tmp_path, **{setting: "/nowhere/program"})
    assert f"CHRONOPLANE_{setting.upper()}" in sentence
    assert "/nowhere/program" in sentence


def test_a_missing_postgres_is_a_sentence(tmp_path: Path) -> None:
    assert "Postgres" in refusal(tmp_path, pg_bin="/nowhere")


def test_a_git_base_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    assert "CHRONOPLANE_GIT_BASE" in refusal(tmp_path, git_base=str(tmp_path / "nothing"))


def test_a_wrong_setting_is_a_sentence(tmp_path: Path) -> None:
    assert refusal(tmp_path, isolation="perhaps").startswith("CHRONOPLANE_ISOLATION: ")


def test_an_admin_token_with_blanks_is_refused_and_not_repeated(tmp_path: Path) -> None:
    sentence = refusal(tmp_path, admin_token="not a token")
    assert "CHRONOPLANE_ADMIN_TOKEN" in sentence
    assert "not a token" not in sentence


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    assert "cannot be made" in refusal(tmp_path)


def test_secrets_are_made_once_private_and_different(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys")

    def make(admin_token: Secret | None = None) -> dict[Path, str]:
        make_keys(keys, nats_users=("gateway",), admin_token=admin_token, webhook_secret=None)
        return {file: file.read_text() for file in keys.folder.rglob("*") if file.is_file()}

    first = make()
    assert make() == first
    assert len(set(first.values())) == len(first)
    secret = set(first) - {keys.checkpoint_public_file}
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o400 for file in secret)
    assert stat.S_IMODE(keys.folder.stat().st_mode) == 0o700
    assert make(Secret("given-token"))[keys.admin_token_file] == "given-token\n"
    assert keys.admin_token() == make_and_read(keys)


def make_and_read(keys: Keys) -> Secret:
    """A later start without the variable keeps what was given once."""
    make_keys(keys, nats_users=("gateway",), admin_token=None, webhook_secret=None)
    return keys.admin_token()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder of somebody else")
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    os.chown(foreign, 65534, 65534)
    with pytest.raises(CannotStart, match="not ours"):
        make_private_folder(foreign)
