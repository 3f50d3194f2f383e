"""A container engine for tests: the one that answers on this machine, or one of our own in a
temporary folder, made of Debian's packages without installing them.

`CHRONOPLANE_TEST_CONTAINERS`: 0 keeps engines out, `require` fails where none can be had, a path
is the socket of the one to use. Images are made of this machine's own Python: no registry is asked.
"""

import fcntl
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from services.scheduler.runtimes.container.opening import AUTO, sockets

ROOT = Path(__file__).resolve().parents[2]
VARIABLE = "CHRONOPLANE_TEST_CONTAINERS"
BASE_IMAGE = "localhost/chronotest-base:latest"
GROUP = "containers"
_PROGRAMS = ("dockerd", "containerd", "runc", "docker-proxy", "docker-init", "iptables")
_PACKAGES = (
    *("docker.io", "containerd", "runc", "tini", "iptables", "libnftnl11", "libip4tc2"),
    *("libip6tc2", "libxtables12", "libnetfilter-conntrack3", "libnfnetlink0"),
)
_FETCH_SECONDS = 45.0
# Without a network it shall give up soon: then there is no engine, and that is said.
_QUICK = ("-o", "Acquire::http::Timeout=5", "-o", "Acquire::Retries=0")
_START_SECONDS = 20.0
_STOP_SECONDS = 20.0
_NOT_IN_IMAGE = {"test", "tests", "site-packages", "__pycache__", "idlelib", "ensurepip", "tkinter"}


class NoEngine(Exception):
    """Why there is none, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestEngine:
    """`own`: started by these tests, so that they may also stop it and start it again."""

    __test__ = False

    socket: Path
    own: "OwnEngine | None" = None

    def ask(self, method: str, path: str, body: Any = None, *, raw: bytes | None = None) -> Any:
        status, answer = _ask(self.socket, method, path, body, raw=raw)
        assert status < 400, (method, path, status, answer[:500])
        return json.loads(answer) if answer.startswith((b"{", b"[")) else answer.decode()

    def has_image(self, name: str) -> bool:
        return _ask(self.socket, "GET", f"/images/{name}/json")[0] == 200


@pytest.fixture(scope="session")
def test_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestEngine]:
    """With the base image in it. Skips, with a word, where there is none."""
    try:
        with engine(tmp_path_factory.mktemp("engine")) as found:
            load_base_image(found)
            yield found
    except NoEngine as none:
        if os.environ.get(VARIABLE) == "require":
            raise
        pytest.skip(f"no container engine: {none}")


@contextmanager
def engine(folder: Path) -> Iterator[TestEngine]:
    named = os.environ.get(VARIABLE, "")
    if named == "0":
        raise NoEngine(f"{VARIABLE}=0")
    places = (Path(named),) if named.startswith("/") else sockets(AUTO)
    for place in places:
        if answers(place):
            yield TestEngine(socket=place)
            return
    if named.startswith("/"):
        raise NoEngine(f"nothing answers at {named}")
    own = OwnEngine(folder=folder, programs=_programs())
    own.start()
    try:
        yield TestEngine(socket=own.socket, own=own)
    finally:
        own.end()


@dataclass(slots=True)
class OwnEngine:
    """dockerd with its own folders and no bridge but those it is asked for."""

    folder: Path
    programs: dict[str, str]
    _process: subprocess.Popen[bytes] | None = None
    _chains_before: bool | None = None

    @property
    def socket(self) -> Path:
        return self.folder / "e.sock"

    def start(self) -> None:
        if self._chains_before is None:
            self._chains_before = "DOCKER" in self._iptables("-S").stdout
        # A container's own resolver is no concern of this daemon, nor is routing of the machine.
        options = ("--bridge=none", "--ip-forward=false", "--ip-masq=false", "--log-level=warn")
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(self.programs["dockerd"], "-H", f"unix://{self.socket}", *options),
                    *("--data-root", str(self.folder / "data")),
                    *("--exec-root", str(self.folder / "exec")),
                    *("--pidfile", str(self.folder / "pid")),
                ],
                env=self._environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_SECONDS
        while not answers(self.socket):
            if self._process.poll() is not None or time.monotonic() > deadline:
                said = (self.folder / "log").read_text(errors="replace")[-600:]
                self.end()
                raise NoEngine(f"dockerd does not run here: {said}")
            time.sleep(0.05)

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)

    def end(self) -> None:
        """Nothing of it stays: neither links nor rules nor mounts."""
        if self._process is not None and self._process.poll() is None:
            for network in self._asked("GET", "/networks"):
                _ask(self.socket, "DELETE", f"/networks/{network['Id']}")
        self.stop()
        if not self._chains_before:
            self._drop_rules()
        subprocess.run(
            ["umount", "-R", str(self.folder / "data")], capture_output=True, check=False
        )
        shutil.rmtree(self.folder, ignore_errors=True)

    def _asked(self, method: str, path: str) -> list[dict[str, Any]]:
        for container in json.loads(_ask(self.socket, "GET", "/containers/json?all=1")[1]):
            _ask(self.socket, "DELETE", f"/containers/{container['Id']}?force=1&v=1")
        found: list[dict[str, Any]] = json.loads(_ask(self.socket, method, path)[1])
        return [one for one in found if one.get("Driver") == "bridge"]

    def _drop_rules(self) -> None:
        for program in ("iptables", "ip6tables"):
            saved = self._run(f"{program}-save")
            kept = [line for line in saved.stdout.splitlines() if "DOCKER" not in line]
            if saved.returncode == 0 and len(kept) < len(saved.stdout.splitlines()):
                self._run(f"{program}-restore", "\n".join(kept) + "\n")

    def _iptables(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return self._run("iptables", None, *arguments)

    def _run(
        self, program: str, text: str | None = None, *arguments: str
    ) -> "subprocess.CompletedProcess[str]":
        environment = self._environment()
        found = shutil.which(program, path=environment["PATH"])
        if found is None:
            return subprocess.CompletedProcess([program], 127, "", "not there")
        return subprocess.run(
            [found, *arguments],
            input=text,
            env=environment,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": self.programs["PATH"],
            "LD_LIBRARY_PATH": self.programs.get("LD_LIBRARY_PATH", ""),
            "XTABLES_LIBDIR": self.programs.get("XTABLES_LIBDIR", ""),
        }


def answers(place: Path) -> bool:
    if not place.exists():
        return False
    try:
        return _ask(place, "GET", "/_ping")[0] == 200
    except OSError:
        return False


def load_base_image(found: TestEngine) -> None:
    """This machine's Python and shell, and nothing else."""
    if found.has_image(BASE_IMAGE):
        return
    name, _, tag = BASE_IMAGE.rpartition(":")
    environment = "PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 PYTHONUNBUFFERED=1"
    query = f"fromSrc=-&repo={name}&tag={tag}&changes=ENV%20{environment.replace(' ', '%20')}"
    found.ask("POST", f"/images/create?{query}", raw=base_image())
    assert found.has_image(BASE_IMAGE)


def base_image() -> bytes:
    made = io.BytesIO()
    python = Path(sys.executable).resolve()
    library = Path(sysconfig.get_path("stdlib", vars={"installed_base": sys.base_prefix}))
    with tarfile.open(fileobj=made, mode="w") as archive:
        for path in ("tmp", "var/tmp"):
            _folder(archive, path, 0o1777)
        _text(archive, "etc/passwd", "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/tmp:/bin/sh\n")
        _text(archive, "etc/group", "root:x:0:\napp:x:1000:\n")
        for file in _with_libraries(python, Path("/bin/sh").resolve(), library / "lib-dynload"):
            _file(archive, file)
        archive.add(library, _inside(library), filter=_kept)
        for name in ("usr/local/bin/python", "usr/local/bin/python3"):
            _link(archive, name, str(python))
        _link(archive, "bin/sh", str(Path("/bin/sh").resolve()))
    return made.getvalue()


def _with_libraries(python: Path, shell: Path, modules: Path) -> set[Path]:
    found = {python, shell}
    for program in (python, shell, *modules.glob("*.so")):
        told = subprocess.run(
            ["ldd", str(program)], capture_output=True, text=True, timeout=20, check=False
        )
        words = {word for word in told.stdout.split() if word.startswith("/")}
        found |= {Path(word) for word in words if Path(word).exists()}
    return found


def _kept(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    is_out = _NOT_IN_IMAGE & set(Path(member.name).parts) or member.name.endswith(".a")
    return None if is_out else _plain(member)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.mode |= 0o555 if member.isdir() else 0o444
    return member


def _inside(path: Path) -> str:
    return str(path).lstrip("/")


def _file(archive: tarfile.TarFile, path: Path) -> None:
    archive.add(path.resolve(), _inside(path), filter=_plain)


def _folder(archive: tarfile.TarFile, name: str, mode: int) -> None:
    member = tarfile.TarInfo(name)
    member.type, member.mode = tarfile.DIRTYPE, mode
    archive.addfile(member)


def _text(archive: tarfile.TarFile, name: str, text: str) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(text.encode()), 0o644
    archive.addfile(member, io.BytesIO(text.encode()))


def _link(archive: tarfile.TarFile, name: str, target: str) -> None:
    if _inside(Path(target)) == name:
        return
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, target
    archive.addfile(member)


class _Connection(HTTPConnection):
    def __init__(self, place: Path) -> None:
        super().__init__("engine", timeout=60)
        self._place = place

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(str(self._place))


def _ask(
    place: Path, method: str, path: str, body: Any = None, *, raw: bytes | None = None
) -> tuple[int, bytes]:
    connection = _Connection(place)
    try:
        asked = None if body is None else json.dumps(body).encode()
        kind = "application/x-tar" if raw is not None else "application/json"
        connection.request(method, path, asked if raw is None else raw, {"Content-Type": kind})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _programs() -> dict[str, str]:
    """Where each is. Raises NoEngine."""
    if os.geteuid() != 0:
        raise NoEngine("nothing answers, and only root can start one")
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    if all(shutil.which(program, path=path) for program in _PROGRAMS):
        return {"PATH": path, "dockerd": str(shutil.which("dockerd", path=path))}
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise NoEngine("nothing answers, and this is no Debian that could lend one")
    folder = ROOT / ".venv" / "engine"
    folder.parent.mkdir(exist_ok=True)
    with folder.with_suffix(".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not (folder / ".unpacked").exists():
            shutil.rmtree(folder, ignore_errors=True)
            _unpack(folder)
    libraries = next((folder / "usr" / "lib").glob("*-linux-gnu"))
    return {
        "PATH": f"{folder}/usr/sbin:{folder}/usr/bin:{path}",
        "LD_LIBRARY_PATH": str(libraries),
        "XTABLES_LIBDIR": str(libraries / "xtables"),
        "dockerd": str(folder / "usr" / "sbin" / "dockerd"),
    }


def _unpack(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        if _fetch(place) != 0:
            # Lists of packages that are missing or old: once more, with new ones.
            _apt(place, "update", "-qq")
            if _fetch(place) != 0:
                raise NoEngine("apt cannot fetch Debian's packages")
        for package in sorted(Path(place).glob("*.deb")):
            made = subprocess.run(
                ["dpkg-deb", "-x", str(package), str(folder)],
                capture_output=True,
                timeout=60,
                check=False,
            )
            if made.returncode != 0:
                raise NoEngine(f"{package.name} cannot be unpacked")
    for name in ("iptables", "ip6tables"):
        for end in ("", "-save", "-restore"):
            link = folder / "usr" / "sbin" / f"{name}{end}"
            if not link.exists():
                link.symlink_to(f"{name}-nft{end}")
    (folder / ".unpacked").touch()


def _fetch(place: str) -> int:
    return _apt(place, "download", *_PACKAGES)


def _apt(place: str, *arguments: str) -> int:
    try:
        return subprocess.run(
            ["apt-get", *_QUICK, *arguments],
            cwd=place,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_FETCH_SECONDS,
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        return 1
