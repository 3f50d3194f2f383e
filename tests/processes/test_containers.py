"""docker-compose.yml and what it starts from: every process is there, each with its own secrets."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.containers import NEEDS, hand_out, nats_config
from deploy.keys import make_keys, write_private
from deploy.local.plans import SERVICES, WITH_DATABASE
from deploy.local.programs import nats_server
from shared.bus.subjects import PROCESSES
from shared.runtime.keys import Keys
from shared.runtime.secret import Secret
from shared.runtime.settings import PREFIX, Settings, load

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def compose() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return parsed


def test_every_process_is_a_service_with_its_own_command(compose: dict[str, Any]) -> None:
    assert set(SERVICES) == set(PROCESSES)
    for process in PROCESSES:
        assert compose["services"][process]["command"] == ["python", "-m", f"services.{process}"]


def test_every_variable_is_a_setting(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for variable in service.get("environment", {}):
            if variable.startswith(PREFIX):
                assert variable.removeprefix(PREFIX).lower() in Settings.model_fields


def test_a_container_gets_only_its_own_keys(compose: dict[str, Any]) -> None:
    for name in (*PROCESSES, "postgres", "nats"):
        volumes = compose["services"][name]["volumes"]
        keys = [volume for volume in volumes if volume.startswith("keys")]
        assert keys == [f"keys-{name}:/keys:ro"]


def test_no_process_listens_beyond_this_machine(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_only_who_needs_a_database_role_has_one() -> None:
    with_role = {
        name for name, files in NEEDS.items() if any(f.startswith("postgres/") for f in files)
    }
    assert with_role == WITH_DATABASE | {"postgres"}


@pytest.mark.skipif(os.geteuid() != 0, reason="handing out to other users takes root")
def test_handing_out_gives_each_its_files_and_nobody_else(tmp_path: Path) -> None:
    settings = load(data_dir=tmp_path / "data", admin_token=Secret("given-token"))
    for _ in range(2):  # At every start, so over what is there.
        hand_out(settings, tmp_path / "of")
    for container, files in NEEDS.items():
        folder = tmp_path / "of" / container
        found = {str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_file()}
        assert found == set(files)
        assert all((folder / name).stat().st_mode & 0o777 == 0o400 for name in files)
    assert (settings.run_dir / "haproxy.cfg").stat().st_uid != 0


def test_the_server_accepts_the_configuration(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys")
    make_keys(keys, nats_users=PROCESSES, admin_token=None, webhook_secret=None)
    config = tmp_path / "nats.conf"
    write_private(config, nats_config(keys))
    checked = subprocess.run(
        [nats_server(load()), "-t", "-c", config], capture_output=True, timeout=10, check=False
    )
    assert checked.returncode == 0, checked.stderr
