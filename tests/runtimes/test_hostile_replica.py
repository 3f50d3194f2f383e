"""Abuse test A1: a hostile app reaches nothing of ours and nothing of its neighbour's."""

import asyncio
import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.scheduler.runtimes.interface import BuildSpec, Prepared
from services.scheduler.runtimes.process import sandbox
from tests.runtimes.engine import get, is_running
from tests.runtimes.process_engine import ProcessEngine

CANARY = "canary-" + "of-beta"
SYSTEM_PYTHON = Path("/usr/bin/python3")


@pytest.fixture
def listeners(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str, str]]:
    """What our own processes look like from outside: a loopback port, a socket file, an abstract
    socket.
    """
    folder = tmp_path_factory.mktemp("s")
    abstract = f"chronoplane-test-{os.getpid()}"
    tcp, unix, hidden = (
        socket.socket(),
        socket.socket(socket.AF_UNIX),
        socket.socket(socket.AF_UNIX),
    )
    tcp.bind(("127.0.0.1", 0))
    unix.bind(str(folder / "postgres"))
    hidden.bind(f"\0{abstract}")
    for listener in (tcp, unix, hidden):
        listener.listen()
    yield tcp.getsockname()[1], str(folder / "postgres"), abstract
    for listener in (tcp, unix, hidden):
        listener.close()


async def test_a_hostile_replica_reaches_nothing(
    isolated: ProcessEngine, listeners: tuple[int, str, str]
) -> None:
    port, path, abstract = listeners
    secret_file = isolated.folder / "data" / "token"
    secret_file.parent.mkdir()
    secret_file.write_text(CANARY)
    beta = await isolated.start("beta", project="beta", environment={"SECRET": CANARY})
    beta_tree = (await isolated.prepared(project="beta")).tree
    ours = [os.getpid(), os.getppid(), beta.pid]
    targets = {
        "paths": [
            str(secret_file),
            str(isolated.runtime.root),
            str(isolated.runtime.sockets),
            str(beta_tree),
            str(sandbox.SOURCE_ROOT),
            "/root/.ssh",
            "/etc/shadow",
            "/var/run/docker.sock",
            "/sys/fs/cgroup",
        ],
        "sockets": [path, beta.address.removeprefix("unix@"), "/var/run/docker.sock"],
        "ports": [port, 22, 4222, 5432],
        "abstract": abstract,
        "pids": ours,
    }
    seen = await isolated.start(
        "acme",
        prepared=await isolated.prepared("hostile_app.py"),
        environment={"TARGETS": json.dumps(targets)},
    )
    report = await get(seen.address, "/report")
    assert report["reached"] == []
    assert report["tried"] >= 30
    assert all(pid is not None and is_running(pid) for pid in ours)
    assert await get(beta.address, "/health") == "ok"


@pytest.mark.parametrize("process_engine", ["trusted"], indirect=True)
async def test_the_probe_of_the_hostile_app_itself_sees_what_is_open(
    process_engine: ProcessEngine, listeners: tuple[int, str, str]
) -> None:
    """Where nothing isolates, the same app reports what it reached: the test above can fail."""
    port, path, abstract = listeners
    targets = {
        "paths": [str(process_engine.runtime.root)],
        "sockets": [path],
        "ports": [port],
        "abstract": abstract,
        "pids": [],
    }
    # Its attempts at the machine itself are left out: here they would succeed.
    source = (Path(__file__).parent / "hostile_app.py").read_text()
    begin, end = source.index('    yield "metadata"'), source.index("def mapped")
    tree = process_engine.checkout("tame", {"app.py": source[:begin] + "\n\n" + source[end:]})
    build = BuildSpec(project_id="acme", commit="tame", checkout=tree)
    prepared = await process_engine.runtime.prepare(build, lambda _: None)
    assert isinstance(prepared, Prepared)
    seen = await process_engine.start(
        prepared=prepared, environment={"TARGETS": json.dumps(targets)}
    )
    reached = (await get(seen.address, "/report"))["reached"]
    assert {f"path {process_engine.runtime.root}", f"socket {path}", f"port {port}"} <= set(reached)


async def test_replicas_of_two_projects_have_different_users_where_we_are_root(
    isolated: ProcessEngine,
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give users away")
    one = await isolated.start("r1", project="acme")
    two = await isolated.start("r2", project="beta")
    three = await isolated.start("r3", project="acme")
    users = [os.stat(f"/proc/{seen.pid}").st_uid for seen in (one, two, three)]
    assert users[0] == users[2] != users[1]
    assert min(users) >= 20_000


async def test_two_replicas_may_listen_on_the_same_port(isolated: ProcessEngine) -> None:
    prepared = await isolated.prepared()
    one = await isolated.start("r1", prepared=prepared, port=8080)
    two = await isolated.start("r2", prepared=prepared, port=8080)
    assert (await get(one.address, "/environment"))["PORT"] == "8080"
    assert (await get(two.address, "/environment"))["PORT"] == "8080"


async def test_nobody_can_reach_a_replica_past_its_socket(isolated: ProcessEngine) -> None:
    seen = await isolated.start(port=18_765)
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", 18_765)
    assert os.stat(isolated.runtime.sockets).st_mode & 0o077 == 0
    assert await get(seen.address, "/health") == "ok"


async def test_many_connections_at_once_pass_the_relay(isolated: ProcessEngine) -> None:
    seen = await isolated.start()
    answers = await asyncio.gather(*(get(seen.address, "/health") for _ in range(100)))
    assert answers == ["ok"] * 100


async def test_an_app_cannot_kill_its_relay(isolated: ProcessEngine) -> None:
    source = (Path(__file__).parent / "echo_app.py").read_text()
    program = f"import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n{source}"
    tree = isolated.checkout("patricide", {"app.py": program})
    build = BuildSpec(project_id="acme", commit="x", checkout=tree)
    prepared = await isolated.runtime.prepare(build, lambda _: None)
    assert isinstance(prepared, Prepared)
    seen = await isolated.start(prepared=prepared)
    assert await get(seen.address, "/health") == "ok"


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="we are the normal user already")
@pytest.mark.timeout(300)
def test_all_of_this_holds_for_a_normal_user_too() -> None:
    """The same suites, run again as nobody, where user namespaces stand in for user ids."""
    python = _python_for_nobody()
    if python is None or shutil.which("setpriv") is None:
        pytest.skip("no Python that another user can run")
    nobody = pwd.getpwnam("nobody")
    packages = [path for path in sys.path if path.endswith("site-packages")]
    folder = Path("/tmp") / f"chronoplane-nobody-{os.getpid()}"
    folder.mkdir()
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    try:
        ran = subprocess.run(
            [
                *("setpriv", "--reuid", str(nobody.pw_uid), "--regid", str(nobody.pw_gid)),
                *("--clear-groups", str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider"),
                *("--basetemp", str(folder / "t"), "tests/runtimes/test_hostile_replica.py"),
                *("tests/runtimes/test_conformance.py", "tests/runtimes/test_process_engine.py"),
            ],
            cwd=sandbox.SOURCE_ROOT,
            env={
                "PATH": "/usr/bin:/bin",
                "HOME": str(folder),
                "PYTHONPATH": ":".join(packages),
                "PYTHONDONTWRITEBYTECODE": "1",
                "CHRONOPLANE_TEST_CONTAINERS": "0",
            },
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
    assert "test_a_hostile_replica_reaches_nothing" not in ran.stdout
    assert " passed" in ran.stdout


def _python_for_nobody() -> Path | None:
    if not SYSTEM_PYTHON.exists():
        return None
    check = "import sys; sys.exit(sys.version_info < (3, 11))"
    ran = subprocess.run([SYSTEM_PYTHON, "-c", check], check=False, timeout=20)
    return SYSTEM_PYTHON if ran.returncode == 0 else None
