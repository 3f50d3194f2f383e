"""What engines say and what is asked of them, without an engine."""

from pathlib import Path

import pytest

from services.scheduler.runtimes.container import context, creation, observing, words
from services.scheduler.runtimes.container.following import _stamped
from services.scheduler.runtimes.container.identity import Installation
from services.scheduler.runtimes.container.images import Reference, reference
from services.scheduler.runtimes.container.opening import capabilities_of, sockets
from services.scheduler.runtimes.container.settings import ContainerSettings
from services.scheduler.runtimes.interface import PreparationFailed, Prepared, ReplicaSpec

INSTALLATION = Installation(id="0123456789ab", key=b"key")
SETTINGS = ContainerSettings(root=Path("/nowhere"))
GRANTS = creation.Grants(
    processors=2, has_init=True, has_gpus=True, network="closed", is_podman=False
)
DOCKER = {
    "MemoryLimit": True,
    "PidsLimit": True,
    "CpuCfsQuota": True,
    "BridgeNfIptables": True,
    "SecurityOptions": ["name=seccomp,profile=default"],
}


def spec(*, gpus: int = 0, command: tuple[str, ...] = ()) -> ReplicaSpec:
    return ReplicaSpec(
        replica_id="r1",
        service_id="s1",
        project_id="p1",
        deployment_id="d1",
        ordinal=0,
        generation=1,
        prepared=Prepared(command=command, how="image", image="sha256:1", runtime="container"),
        environment={"A": "b"},
        port=8000,
        cpu=8,
        memory_mb=512,
        gpus=gpus,
        epoch=7,
    )


def test_a_container_may_nothing_that_was_not_granted() -> None:
    body = creation.container(spec(), {"Config": {}}, GRANTS, SETTINGS, INSTALLATION)
    host = body["HostConfig"]
    assert host["CapDrop"] == ["ALL"]
    assert "CapAdd" not in host
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert not {"Binds", "Mounts", "Devices", "VolumesFrom"} & set(host)
    assert host["PortBindings"] == {"8000/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]}
    assert host["MemorySwap"] == host["Memory"] == 512 * 1024**2
    assert host["NanoCpus"] == 2_000_000_000, "no more than the engine has"
    assert body["Labels"]["chronoplane.epoch"] == "7"
    assert set(body["Env"]) == {"A=b", "PORT=8000", "HOME=/tmp"}
    assert "DeviceRequests" not in host


def test_gpus_are_asked_for_where_the_engine_has_some() -> None:
    with_gpus = creation.container(spec(gpus=2), {"Config": {}}, GRANTS, SETTINGS, INSTALLATION)
    asked = with_gpus["HostConfig"]["DeviceRequests"]
    assert asked == [{"Driver": "", "Count": 2, "Capabilities": [["gpu"]]}]


@pytest.mark.parametrize(
    ("user", "is_ours"),
    [("", True), ("0", True), ("root", True), ("0:0", True), ("1000", False), ("app", False)],
)
def test_only_root_is_given_another_user(user: str, is_ours: bool) -> None:
    image = {"Config": {"User": user}}
    body = creation.container(spec(), image, GRANTS, SETTINGS, INSTALLATION)
    assert ("User" in body) == is_ours
    if is_ours:
        assert int(body["User"].partition(":")[0]) >= 200_000


@pytest.mark.parametrize(
    ("code", "oom", "expected"),
    [
        (0, False, (0, None, "exited with code 0")),
        (137, False, (None, 9, "ended by signal 9 (SIGKILL)")),
        (143, False, (None, 15, "ended by signal 15 (SIGTERM)")),
        (137, True, (None, 9, "out of memory")),
        (255, False, (255, None, "exited with code 255")),
    ],
)
def test_an_exit_is_told_as_code_or_signal(code: int, oom: bool, expected: object) -> None:
    assert words.of_exit(code, oom=oom) == expected


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("manifest for nginx:no not found: manifest unknown", "was not found in its registry"),
        ("pull access denied for x, repository does not exist", "wants a login"),
        ("Get https://x/v2/: dial tcp: lookup x: no such host", "cannot be reached"),
        ("something else entirely", "could not be pulled: something else"),
    ],
)
def test_a_registry_that_says_no_is_understood(said: str, word: str) -> None:
    assert word in words.of_pull("x", said)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("nginx", "nginx:latest"),
        ("registry:5000/team/app", "registry:5000/team/app:latest"),
        ("registry:5000/team/app:2", "registry:5000/team/app:2"),
        ("app:1@sha256:" + "0" * 64, "app@sha256:" + "0" * 64),
        ("0123456789ab", "0123456789ab:latest"),
    ],
)
def test_a_name_is_always_a_name_with_its_tag(image: str, expected: str) -> None:
    found = reference(image)
    assert isinstance(found, Reference)
    assert found.text == expected


@pytest.mark.parametrize("prefix", ["", "docker.io/", "index.docker.io/", "localhost/"])
def test_what_was_built_for_others_has_no_name(prefix: str) -> None:
    hidden = INSTALLATION.repository("build", "p1", "c1")
    assert isinstance(reference(f"{prefix}{hidden}:kept"), PreparationFailed)


def test_an_engine_without_a_wall_does_not_isolate() -> None:
    assert capabilities_of(DOCKER, SETTINGS, is_podman=False).isolated
    lacks: list[dict[str, object]] = [
        {"PidsLimit": False},
        {"SecurityOptions": []},
        {"BridgeNfIptables": False},
    ]
    for lack in lacks:
        assert not capabilities_of(DOCKER | lack, SETTINGS, is_podman=False).isolated
    podman = capabilities_of(DOCKER, SETTINGS, is_podman=True)
    assert podman.why_not == "the container engine lacks a wall between containers"


def test_where_an_engine_is_looked_for() -> None:
    assert sockets("off") == ()
    assert sockets("unix:///run/x.sock") == sockets("/run/x.sock") == (Path("/run/x.sock"),)
    assert Path("/var/run/docker.sock") in sockets("auto")


@pytest.mark.parametrize(
    ("stamp", "micros"),
    [
        (b"2026-11-25T12:00:01.123456789Z", 1123456),
        (b"2026-11-25T12:00:01Z", 1000000),
        (b"2026-11-25T14:00:01.5+02:00", 1500000),
    ],
)
def test_the_time_of_a_line_is_read_from_both_engines(stamp: bytes, micros: int) -> None:
    noon = observing.moment("2026-11-25T12:00:00Z")
    assert noon is not None
    found, text = _stamped(stamp + b" a line\n")
    assert (found - int(noon.timestamp()) * 1_000_000, text) == (micros, b"a line\n")


@pytest.mark.parametrize(
    ("rules", "out", "kept"),
    [
        ("*.log\n", ["a.log"], ["b/a.log", "x"]),
        ("**/*.log\n!keep.log\n", ["a/b.log", "c.log"], ["keep.log"]),
        ("node_modules\n# x\n", ["node_modules/a/b"], ["src/node_modules"]),
        ("/build/\n", ["build/x"], ["a/build"]),
        ("*\n!app.py\n", ["x", "Procfile"], ["app.py", "Dockerfile"]),
        ("a?c\n", ["abc"], ["a/c", "abbc"]),
    ],
)
def test_dockerignore_is_read_as_docker_reads_it(
    rules: str, out: list[str], kept: list[str]
) -> None:
    ignored = context.Ignored(rules)
    assert [name for name in out if not ignored(name)] == []
    assert [name for name in kept if ignored(name)] == []
