"""The container that one replica becomes: what it may use, and everything it may not. Pure."""

import math
from dataclasses import dataclass, replace
from typing import Any

from services.scheduler.runtimes.container.identity import Installation
from services.scheduler.runtimes.container.settings import ContainerSettings
from services.scheduler.runtimes.interface import ReplicaSpec

READ_ONLY = "chronoplane.read-only"
_LOG = {"Type": "json-file", "Config": {"max-size": "8m", "max-file": "2"}}
# What entry scripts of official images do before they give up being root, all of it on the
# container's own files and processes.
_KEPT_AS_ROOT = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID"]
_ROOT_NAMES = {"", "0", "root"}
_SHARED_MEMORY = 64 * 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Grants:
    """What the engine can do, as far as it decides what is asked for."""

    processors: int
    has_init: bool
    has_gpus: bool
    network: str
    is_podman: bool


def container(
    spec: ReplicaSpec,
    image: dict[str, Any],
    grants: Grants,
    settings: ContainerSettings,
    installation: Installation,
) -> dict[str, Any]:
    """The body of `POST /containers/create`."""
    config = image.get("Config") or {}
    environment = dict(spec.environment)
    body: dict[str, Any] = {
        "Image": spec.prepared.image,
        "Labels": installation.labels(spec),
        "Tty": False,
        "OpenStdin": False,
        "Healthcheck": {"Test": ["NONE"]},
        "HostConfig": _host(spec, config, grants, settings),
    }
    if spec.port:
        port = f"{spec.port}/tcp"
        environment["PORT"] = str(spec.port)
        body["ExposedPorts"] = {port: {}}
        body["HostConfig"]["PortBindings"] = {port: [{"HostIp": "127.0.0.1", "HostPort": ""}]}
    if spec.prepared.command:
        body |= {"Entrypoint": list(spec.prepared.command), "Cmd": []}
    if spec.files is not None:
        body["WorkingDir"] = spec.files.place
    if _is_root(config) and settings.as_root == "drop":
        user = installation.user(spec.project_id, settings.first_uid, settings.uid_count)
        body["User"] = f"{user}:{user}"
        environment = {"HOME": "/tmp", **environment}  # noqa: S108 - the container's own
    elif _is_root(config):
        body["HostConfig"]["CapAdd"] = _KEPT_AS_ROOT
    body["Env"] = [f"{name}={value}" for name, value in environment.items()]
    return body


def owner(
    spec: ReplicaSpec,
    image: dict[str, Any],
    settings: ContainerSettings,
    installation: Installation,
) -> int | None:
    """The number of the user that its program runs as; None where only the image knows it."""
    config = image.get("Config") or {}
    if _is_root(config):
        if settings.as_root == "keep":
            return 0
        return installation.user(spec.project_id, settings.first_uid, settings.uid_count)
    named = str(config.get("User") or "").partition(":")[0]
    return int(named) if named.isdecimal() else None


def _is_root(config: dict[str, Any]) -> bool:
    return str(config.get("User") or "").partition(":")[0] in _ROOT_NAMES


def _host(
    spec: ReplicaSpec, config: dict[str, Any], grants: Grants, settings: ContainerSettings
) -> dict[str, Any]:
    memory = spec.memory_mb * 1024**2
    host: dict[str, Any] = {
        "NetworkMode": grants.network if spec.port else "none",
        "Memory": memory,
        # Equal: no swap beyond it.
        "MemorySwap": memory,
        # An engine refuses more processors than it has; simulated capacity grants them on paper.
        "NanoCpus": round(min(spec.cpu, grants.processors) * 1_000_000_000),
        "PidsLimit": settings.pids_max,
        "CapDrop": ["ALL"],
        "SecurityOpt": ["no-new-privileges:true"],
        "Privileged": False,
        "Init": grants.has_init,
        "IpcMode": "private",
        "ShmSize": _SHARED_MEMORY,
        "RestartPolicy": {"Name": "no"},
        "AutoRemove": False,
        "LogConfig": _LOG,
        "Ulimits": _bounds(grants, settings),
        "Tmpfs": _temporary(config, settings),
    }
    if spec.port and settings.network == "closed":
        # Else the engine's resolver would carry names, and so anything, out of the machine.
        host |= {"Dns": ["127.0.0.1"], "DnsOptions": ["timeout:1", "attempts:1"]}
    if spec.files is None and _is_read_only(config):
        host["ReadonlyRootfs"] = True
    if spec.gpus and grants.has_gpus:
        host["DeviceRequests"] = [{"Driver": "", "Count": spec.gpus, "Capabilities": [["gpu"]]}]
    return host


def _bounds(grants: Grants, settings: ContainerSettings) -> list[dict[str, Any]]:
    bounds = {"nofile": settings.open_files_max, "core": 0}
    if grants.is_podman:
        # Podman 4.3 raises what is not named to the most there is, which takes a right that a
        # machine may keep to itself. It counts per user, so it is more than one replica may have.
        bounds["nproc"] = 8 * settings.pids_max
    return [{"Name": name, "Soft": most, "Hard": most} for name, most in bounds.items()]


def _is_read_only(config: dict[str, Any]) -> bool:
    """Only the image knows whether it can live with it, so the image says it, by a label."""
    return str((config.get("Labels") or {}).get(READ_ONLY, "")).lower() in {"1", "true", "yes"}


def _temporary(config: dict[str, Any], settings: ContainerSettings) -> dict[str, str]:
    """A volume that the image declares would be a folder of the engine's machine without a bound;
    it becomes memory of the container's own, gone with it like all it writes."""
    places = list(config.get("Volumes") or ())
    if _is_read_only(config):
        places += ["/tmp", "/var/tmp", "/run"]  # noqa: S108 - the container's own
    size = f"size={settings.temporary_bytes_max}"
    return dict.fromkeys(places, f"rw,nosuid,nodev,{size},mode=1777")


def grace(seconds: float) -> int:
    """Engines count whole seconds."""
    return max(0, math.ceil(seconds))


def without_init(grants: Grants) -> Grants:
    return replace(grants, has_init=False)
