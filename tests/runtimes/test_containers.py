"""What only containers have: an engine that restarts, images, builds, a network of their own."""

import asyncio
import json
import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.scheduler.runtimes.container.images import KEPT
from services.scheduler.runtimes.container.settings import ContainerSettings
from services.scheduler.runtimes.interface import BuildSpec, PreparationFailed, Prepared
from tests.runtimes.container_engine import DOCKERFILE, ContainerEngine, open_container_engine
from tests.runtimes.engine import answers, eventually, get, is_running
from tests.support.containers import BASE_IMAGE, GROUP, TestEngine

pytestmark = pytest.mark.xdist_group(GROUP)
HERE = Path(__file__).parent
# Pid 1 of a container is the engine's init, of the app's user and inside its walls, where a process
# has a relay of ours. Whether a socket to the hypervisor can be made the engine's filter decides.
OF_ITS_OWN = {"ptrace", "the program of pid 1", "memory of pid 1", "vsock"}
LOUD = """
import time
for number in range(400):
    print("line", number, flush=True)
    time.sleep(0.005)
"""
UNREACHED = """
import json, os, socket
from http.server import BaseHTTPRequestHandler, HTTPServer
def dial(host, port):
    with socket.socket() as client:
        client.settimeout(0.4)
        try:
            client.connect((host, port))
        except OSError:
            return False
    return True
def resolves(name):
    try:
        return bool(socket.getaddrinfo(name, 80))
    except OSError:
        return False
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        found = [f"{h}:{p}" for h, p in json.loads(os.environ["TARGETS"]) if dial(h, p)]
        if resolves("deb.debian.org"):
            found.append("names")
        body = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
HTTPServer(("0.0.0.0", int(os.environ["PORT"])), Handler).serve_forever()
"""


async def built(
    engine: ContainerEngine, commit: str, files: dict[str, str], said: list[str] | None = None
) -> Prepared | PreparationFailed:
    def heard(line: str) -> None:
        if said is not None:
            said.append(line)

    tree = engine.checkout(commit, files)
    build = BuildSpec(project_id="acme", commit=commit, checkout=tree)
    return await engine.runtime.prepare(build, heard)


async def app(engine: ContainerEngine, commit: str, program: str) -> Prepared:
    made = await built(engine, commit, {"app.py": program, "Dockerfile": DOCKERFILE})
    assert isinstance(made, Prepared), made
    return made


@pytest.fixture
def listener() -> Iterator[int]:
    """Like a port of ours: on loopback."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        made.listen()
        yield made.getsockname()[1]


async def test_a_hostile_container_reaches_nothing(
    containers: ContainerEngine, listener: int
) -> None:
    canary = "canary-" + "of-beta"
    beta = await containers.start("beta", project="beta", environment={"SECRET": canary})
    targets = {
        "paths": [
            str(containers.root),
            str(containers.engine.socket),
            str(HERE),
            "/root/.ssh",
            "/etc/shadow",
            "/var/run/docker.sock",
        ],
        "sockets": [str(containers.engine.socket), "/var/run/docker.sock"],
        "ports": [listener, 22, 4222, 5432],
        "abstract": f"chronoplane-test-{os.getpid()}",
        "pids": [os.getpid(), beta.pid],
    }
    with socket.socket(socket.AF_UNIX) as hidden:
        hidden.bind(f"\0{targets['abstract']}")
        hidden.listen()
        seen = await containers.start(
            "acme",
            prepared=await containers.prepared("hostile_app.py"),
            environment={"TARGETS": json.dumps(targets)},
        )
        report = await get(seen.address, "/report")
    assert set(report["reached"]) <= OF_ITS_OWN
    assert report["tried"] >= 25
    assert await get(beta.address, "/health") == "ok"


async def test_containers_reach_neither_each_other_nor_the_world(
    containers: ContainerEngine, listener: int
) -> None:
    beta = await containers.start("beta", project="beta")
    assert beta.pid is not None
    name = containers.runtime.installation.container("beta")
    document = containers.engine.ask("GET", f"/containers/{name}/json")
    network = document["NetworkSettings"]["Networks"][containers.runtime.network.name]
    targets = [
        (network["IPAddress"], 8000),
        (network["Gateway"], int(beta.address.rpartition(":")[2])),
        (network["Gateway"], listener),
        ("192.0.2.1", 80),
    ]
    seen = await containers.start(
        "acme",
        prepared=await app(containers, "unreached", UNREACHED),
        environment={"TARGETS": json.dumps(targets)},
    )
    assert await get(seen.address, "/") == []


async def test_an_image_without_a_user_runs_as_one_of_its_project(
    containers: ContainerEngine,
) -> None:
    one = await containers.start("r1", project="acme")
    two = await containers.start("r2", project="acme")
    users = {os.stat(f"/proc/{seen.pid}").st_uid for seen in (one, two)}
    assert len(users) == 1
    assert users.pop() >= 200_000


async def test_what_others_run_on_the_engine_is_not_seen_and_not_touched(
    containers: ContainerEngine, tmp_path: Path
) -> None:
    mine = await containers.start()
    settings = ContainerSettings(root=tmp_path / "another")
    stranger = await open_container_engine(tmp_path, containers.engine, settings)
    try:
        assert await stranger.runtime.list() == []
        await stranger.runtime.stop("r1", grace_seconds=0, force=True)
        await stranger.runtime.forget("r1")
        assert mine.pid is not None
        assert is_running(mine.pid)
        name = containers.runtime.installation.container("r1")
        labels = containers.engine.ask("GET", f"/containers/{name}/json")["Config"]["Labels"]
        assert labels["chronoplane.installation"] == containers.runtime.installation.id
        assert {"chronoplane.epoch", "chronoplane.deployment"} <= set(labels)
    finally:
        await stranger.close()


async def test_no_line_is_lost_or_doubled_over_two_schedulers(containers: ContainerEngine) -> None:
    prepared = await app(containers, "loud", LOUD)
    await containers.start(prepared=prepared, is_web=False)

    async def some() -> bool:
        return len(await containers.messages()) > 50

    await eventually(some)
    await containers.runtime.close()
    second = await containers.again()
    await second.ended()
    assert await second.messages() == [f"line {number}" for number in range(400)]
    await second.runtime.forget("r1")
    await second.runtime.close()


async def test_the_last_words_of_a_crash_are_there_when_it_is_seen(
    containers: ContainerEngine,
) -> None:
    program = "print('last words', flush=True)\nraise SystemExit(7)"
    prepared = await app(containers, "crash", program)
    await containers.start(prepared=prepared, is_web=False)
    ended = await containers.ended()
    assert ended.exit is not None
    assert ended.exit.code == 7
    assert await containers.messages() == ["last words"]


async def test_an_engine_that_restarts_is_waited_for_and_its_ends_are_seen(
    containers: ContainerEngine, test_engine: TestEngine
) -> None:
    if test_engine.own is None:
        pytest.skip("the engine of this machine is not ours to restart")
    await containers.start("r1")
    prepared = await containers.prepared()
    test_engine.own.stop()
    seen = await containers.observed("r1")
    assert seen.state == "running"  # What was seen last, until somebody knows better.
    with pytest.raises(OSError):
        await containers.runtime.stop("r1", grace_seconds=0)
    starting = asyncio.create_task(containers.start("r2", prepared=prepared))
    await asyncio.sleep(0.5)
    test_engine.own.start()
    second = await starting
    assert await answers(second.address)
    ended = await containers.ended("r1")  # Without live-restore the engine ends them with it.
    assert ended.exit is not None


async def test_a_scheduler_that_finds_no_engine_goes_by_its_records(
    containers: ContainerEngine, tmp_path: Path
) -> None:
    seen = await containers.start()
    containers.runtime.sight._last = None
    containers.runtime.client.socket = tmp_path / "nowhere"
    await containers.runtime.client.close()
    known = await containers.observed()
    assert (known.address, known.labels, known.exit) == (seen.address, seen.labels, None)
    containers.runtime.client.socket = containers.engine.socket
    await containers.runtime.client.close()


async def test_a_deployment_keeps_its_image_when_the_tag_moves(
    containers: ContainerEngine,
) -> None:
    first = await app(containers, "one", "print('one')")
    second = await app(containers, "two", "print('two')")
    name = f"moving-{containers.runtime.installation.id}"
    images = containers.runtime.images

    async def prepare(deployment_id: str, *, fresh: bool = False) -> Prepared | PreparationFailed:
        build = BuildSpec(
            project_id="acme", commit="", image=name, deployment_id=deployment_id, fresh=fresh
        )
        return await containers.runtime.prepare(build, said.append)

    said: list[str] = []
    await containers.runtime.client.post(f"/images/{first.image}/tag", repo=name, tag="latest")
    try:
        one = await prepare("d1")
        await containers.runtime.client.post(f"/images/{second.image}/tag", repo=name, tag="latest")
        two = await prepare("d2", fresh=True)
        assert isinstance(one, Prepared)
        assert isinstance(two, Prepared)
        assert (one.image, two.image) == (first.image, second.image)
        assert await prepare("d1") == one
        assert any("the one that is here is used" in line for line in said), said
        await containers.runtime.discard(one)
        kept = containers.runtime.installation.repository("image", "d1")
        assert await images.find(f"{kept}:{KEPT}") is None
        assert await prepare("d2") == two
    finally:
        await containers.runtime.client.delete(f"/images/{name}:latest")


@pytest.mark.parametrize(
    ("image", "word"),
    [
        ("localhost:9/nobody/there:1", "cannot be reached"),
        ("chronoplane-0123456789ab/0123:kept", "was not found"),
        ("docker.io/chronoplane-0123456789ab/0123:kept", "was not found"),
    ],
)
async def test_an_image_that_cannot_be_had_says_why(
    containers: ContainerEngine, image: str, word: str
) -> None:
    build = BuildSpec(project_id="acme", commit="", image=image, deployment_id="d1")
    failed = await containers.runtime.prepare(build, lambda _: None)
    assert isinstance(failed, PreparationFailed)
    assert word in failed.reason


async def test_an_id_is_never_taken_for_a_name(containers: ContainerEngine) -> None:
    """Else who knows the id of a neighbour's image could run it."""
    secret = await app(containers, "secret", "print('of beta')")
    assert secret.image is not None
    for named in (secret.image.removeprefix("sha256:"), secret.image.removeprefix("sha256:")[:12]):
        build = BuildSpec(project_id="evil", commit="", image=named, deployment_id=named)
        assert isinstance(
            await containers.runtime.prepare(build, lambda _: None), PreparationFailed
        )


async def test_a_build_tells_its_steps_and_why_it_fails(containers: ContainerEngine) -> None:
    steps = f'FROM {BASE_IMAGE}\nRUN ["python", "-c", "print(\'a step\'); raise SystemExit(3)"]\n'
    said: list[str] = []
    failed = await built(containers, "bad", {"Dockerfile": steps}, said)
    assert isinstance(failed, PreparationFailed)
    assert failed.reason.startswith("building the Dockerfile failed: ")
    assert "3" in failed.reason
    assert "a step" in said
    assert "a step" in failed.last_lines


async def test_a_build_has_no_way_out_but_to_the_indexes(
    containers: ContainerEngine, listener: int
) -> None:
    probe = f"""
import os, socket, urllib.error, urllib.request
reached = []
for place in (("127.0.0.1", {listener}), ("192.0.2.1", 80)):
    try:
        socket.create_connection(place, 1)
        reached.append(place)
    except OSError:
        pass
proxy = os.environ["HTTP_PROXY"]
try:
    urllib.request.urlopen("http://127.0.0.1:{listener}/", timeout=3)
    reached.append("by the proxy")
except urllib.error.HTTPError as refused:
    print("proxy said", refused.code)
print("reached", reached)
"""
    files = {"Dockerfile": f"FROM {BASE_IMAGE}\nCOPY x.py .\nRUN python x.py\n", "x.py": probe}
    said: list[str] = []
    made = await built(containers, "way-out", files, said)
    assert isinstance(made, Prepared), (made, said)
    assert "reached []" in said, said
    assert "proxy said 403" in said


async def test_a_context_beyond_its_bound_is_refused(containers: ContainerEngine) -> None:
    settings = replace(containers.runtime.settings, context_bytes_max=64 * 1024)
    containers.runtime.builds.settings = settings
    files = {"Dockerfile": f"FROM {BASE_IMAGE}\n", "big": "x" * 100_000}
    failed = await built(containers, "big", files)
    assert failed == PreparationFailed(reason="the build context is larger than 0 MiB")
    files[".dockerignore"] = "big\n"
    assert isinstance(await built(containers, "big", files), Prepared)


async def test_an_image_that_can_be_read_only_is(containers: ContainerEngine) -> None:
    files = {
        "app.py": (HERE / "echo_app.py").read_text(),
        "Dockerfile": DOCKERFILE + "LABEL chronoplane.read-only=true\nVOLUME /kept\n",
    }
    prepared = await built(containers, "read-only", files)
    assert isinstance(prepared, Prepared)
    seen = await containers.start(prepared=prepared)
    assert (await get(seen.address, "/write", file="/tmp/x"))[0] == "app.py"
    await get(seen.address, "/write", file="/kept/x")
    with pytest.raises((OSError, ValueError)):
        await get(seen.address, "/write", file="/app/x")
    name = containers.runtime.installation.container("r1")
    mounts = containers.engine.ask("GET", f"/containers/{name}/json")["Mounts"]
    assert [one for one in mounts if one["Type"] in ("bind", "volume")] == []
