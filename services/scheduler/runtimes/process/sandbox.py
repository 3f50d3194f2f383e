"""The bubblewrap command line of a sandbox: what is seen inside, and nothing else. Pure, but for
looking what exists.

Everything is read-only but the app's own tree (an overlay in memory over its checkout), /tmp and
its home. The network namespace has a loopback and no way out.
"""

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import services

SOURCE_ROOT = Path(services.__file__).parents[1]
INSIDE = Path("services/scheduler/runtimes/process/inside")
ENCLOSURE = "/.enclosure"
APP, ENVIRONMENT, CACHE, EGRESS, HOME = "/app", "/venv", "/cache", "/egress", "/home/app"
PATH = "/usr/local/bin:/usr/bin:/bin"
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_ETC = (
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/ca-certificates.conf",
    "/etc/crypto-policies",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/nsswitch.conf",
    "/etc/pki/ca-trust",
    "/etc/pki/tls/certs",
    "/etc/protocols",
    "/etc/services",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/timezone",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """`kind` is a bubblewrap option: `--ro-bind`, `--bind`, or `overlay` for a writable view that
    leaves no trace.
    """

    kind: str
    source: Path
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    bubblewrap: Path
    accounts: Path
    """A folder with `passwd`, `group` and `hosts` as the app may see them."""
    shims: Path
    """Shown as the folder that has a `python`."""
    user_namespace: bool
    temporary_bytes: int
    has_filter: bool
    read_only_paths: tuple[Path, ...] = ()

    def command(self, mounts: Iterable[Mount]) -> list[str]:
        """Up to the `--` and our first program; the keeper appends its descriptors."""
        view = _View()
        _show_system(view, [python_prefix(), *self.read_only_paths])
        for name in ("passwd", "group", "hosts"):
            view.bind("--ro-bind", f"{self.accounts}/{name}", f"/etc/{name}")
        size = str(self.temporary_bytes)
        for place, mode in (("/tmp", "1777"), ("/var/tmp", "1777"), (HOME, "0777")):  # noqa: S108 - the sandbox's own
            view.add(place, "--perms", mode, "--size", size, "--tmpfs", place)
        view.add("/proc", "--proc", "/proc")
        view.add("/dev", "--dev", "/dev", "--perms", "1777", "--size", size, "--tmpfs", "/dev/shm")  # noqa: S108 - the sandbox's own
        view.bind("--ro-bind", f"{SOURCE_ROOT / INSIDE}", f"{ENCLOSURE}/{INSIDE}")
        view.bind("--ro-bind", os.fspath(self.shims), f"{ENCLOSURE}/bin")
        for mount in mounts:
            view.mount(mount)
        return [
            os.fspath(self.bubblewrap),
            *self._namespaces(),
            *view.argv,
            *("--remount-ro", "/", "--"),
            *first_program(ENCLOSURE),
        ]

    def _namespaces(self) -> list[str]:
        argv = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
        argv += ["--unshare-cgroup-try", "--hostname", "replica", "--die-with-parent"]
        # Our own program is pid 1: bubblewrap's would show `/proc/1/exe`, a file of the host that
        # an app with our user id could chmod, and it could be killed from inside.
        argv += ["--as-pid-1"]
        if self.user_namespace:
            argv += ["--unshare-user", "--disable-userns"]
        if self.has_filter:
            argv += ["--seccomp", "{seccomp}"]
        return argv


def first_program(root: str) -> list[str]:
    begin = (
        f"import sys; sys.path.insert(0, {root!r}); "
        "from services.scheduler.runtimes.process.inside.run import main; main()"
    )
    return [os.fspath(python_program()), "-I", "-S", "-B", "-c", begin]


def python_program() -> Path:
    """The interpreter beneath our virtual environment: the one that can be seen without it."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    found = python_prefix() / "bin" / name
    return found if found.exists() else Path(os.path.realpath(sys.executable))


def python_prefix() -> Path:
    return Path(os.path.realpath(sys.base_prefix))


class _View:
    """The sandbox's files as options. Folders above a mount are made first and open to all.

    bubblewrap would make them closed to everybody but root, and the app's user could not walk down.
    """

    def __init__(self) -> None:
        self.argv: list[str] = []
        self._folders: set[str] = {"/"}
        self._mounted: list[Path] = []

    def bind(self, option: str, source: str, target: str) -> None:
        self.add(target, option, source, target)

    def mount(self, mount: Mount) -> None:
        source, target = os.fspath(mount.source), mount.target
        if mount.kind == "overlay":
            self.add(target, "--overlay-src", source, "--tmp-overlay", target)
        else:
            self.bind(mount.kind, source, target)

    def add(self, target: str, *options: str) -> None:
        for parent in reversed(Path(target).parents):
            self._make(parent)
        self.argv += options
        self._mounted.append(Path(target))

    def _make(self, folder: Path) -> None:
        name = os.fspath(folder)
        if name in self._folders or any(folder.is_relative_to(known) for known in self._mounted):
            return
        self.argv += ["--perms", "0755", "--dir", name]
        self._folders.add(name)


def _show_system(view: _View, prefixes: Iterable[Path]) -> None:
    for name in _SYSTEM:
        if os.path.islink(name):
            view.add(name, "--symlink", os.readlink(name), name)
        elif os.path.isdir(name):
            view.bind("--ro-bind", name, name)
    for name in _ETC:
        if os.path.exists(name):
            view.bind("--ro-bind", os.path.realpath(name), name)
    for prefix in prefixes:
        if not prefix.is_relative_to("/usr"):
            view.bind("--ro-bind", os.fspath(prefix), os.fspath(prefix))
