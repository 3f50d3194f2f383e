"""An installation moves: what was lived in one is exported, imported into an empty one, and every
answer about the past is the same there. Stacks of its own, one after another."""

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from services.cli.__main__ import main
from shared.kernel.ids import to_uuid
from shared.kernel.time import format_rfc3339
from shared.runtime.clock import SystemClock
from tests.support.apps import echo
from tests.support.git import push
from tests.support.outpost import Answer, Outpost, admin, call, wait_for
from tests.support.stack import Stack, new_stack, until

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("moving")]

SEALED_SECONDS = 15.0
REASON = {"X-Reason": "Black Friday"}


@dataclass(slots=True, kw_only=True)
class Life:
    """What was lived, and what was answered about it where it was lived."""

    folder: Path
    token: str
    repositories: Path
    installation: Path
    edge_port: int
    web: str = ""
    project: str = ""
    moments: list[str] = field(default_factory=list)
    head: int = 0
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)

    def file(self, name: str) -> Path:
        return self.folder / f"{name}.ndjson"


class House:
    def __init__(self, stack: Stack, token: str) -> None:
        self.stack = stack
        self.token = token

    def http(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        url = f"{self.stack.gateway_url}{path}"
        return call(url, method=method, token=self.token, body=body, headers=named)

    def made(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        answer = self.http(method, path, body, **headers)
        assert answer.status in (200, 201, 202, 204), (method, path, answer)
        return answer.body

    def run(self, monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
        monkeypatch.setenv("CHRONOPLANE_URL", self.stack.gateway_url)
        monkeypatch.setenv("CHRONOPLANE_TOKEN", self.stack.token)
        return main(words)


def now() -> str:
    return format_rfc3339(SystemClock().now())


def lived(life: Life, stack: Stack) -> None:
    """Create, change, rename, redeploy, delete: on several surfaces, with reasons."""
    house, outpost = House(stack, stack.token), admin(stack)
    push(stack.repositories, "default/web", echo("1"))
    outpost.create(name="web", repo="default/web", branch="main", env={"TOKEN": "canary-1f7a"})
    outpost.wait_status("web", "running")
    life.moments.append(now())
    services = "/auth/v1/seed/default/services"
    house.made("PUT", f"{services}/web", {"max_replicas": 2}, **REASON)
    shop = {"name": "Web Shop", "description": "All of it"}
    life.project = house.made("POST", "/v1/projects", shop)["id"]
    drawn = f"/v1/projects/{life.project}/services"
    house.made("POST", drawn, {"name": "Pay", "owner": "A", "produces": [{"name": "paid"}]})
    house.made("POST", drawn, {"name": "Mail", "consumes": [{"name": "paid"}]})
    life.moments.append(now())
    house.made("PUT", f"{drawn}/pay", {"name": "Cash"})
    house.made("DELETE", f"{drawn}/mail")
    push(stack.repositories, "default/web", echo("2"))
    wait_for(lambda: rolled_out(outpost, 2), 45, lambda: f"a redeploy: {outpost.get('web').body}")
    house.made("POST", services, {"name": "gone", "gpu": "none", "image": "acme/server:1"})
    house.made("DELETE", f"{services}/gone")
    home = house.made("GET", "/ops/v1/projects/default")["id"]
    registered = {
        "project": str(to_uuid(home)),
        "name": "scorer",
        "service_type": {"type": "model-serving", "flavor": "x", "name": "n", "description": ""},
        "config": {"name": "scorer"},
    }
    house.made("POST", "/api/v1/services", registered)
    life.moments.append(now())
    page = house.made("GET", "/ops/v1/services?project=default&per_page=100")
    (life.web,) = [item["id"] for item in page["data"] if item["name"] == "web"]


def rolled_out(outpost: Outpost, version: int) -> bool | None:
    try:
        answer = outpost.traffic("web")
    except TimeoutError:
        return None  # The edge held the request for a replica that was still being prepared.
    return True if answer.status == 200 and answer.body["version"] == str(version) else None


def paths(life: Life) -> Iterator[str]:
    """Everything that is asked about the past, at each moment."""
    web = f"/ops/v1/services/{life.web}"
    for moment in (*life.moments, "2001-01-01T00:00:00Z"):
        at = f"as_of={quote(moment)}"
        yield f"/default/services?per_page=100&{at}"
        yield f"/default/service/web?{at}"
        yield f"/api/v1/services?size=100&{at}"
        yield f"/ops/v1/services?per_page=100&{at}"
        yield f"/ops/v1/projects/default?{at}"
        yield f"{web}/state?{at}"
        for part in ("services", "graph", "entities", "services/cash", "services/pay"):
            yield f"/v1/projects/{life.project}/{part}?at={quote(moment)}"
    last = life.moments[-1]
    yield f"{web}/diff?from={quote(life.moments[0])}&to={quote(last)}"
    yield f"{web}/history?until={quote(last)}&limit=100"
    yield f"{web}/blame?as_of={quote(last)}"
    yield f"/v1/projects/{life.project}/history?at={quote(last)}"


def placed(value: Any, shift: int) -> Any:
    """Positions are the log's; all else must be as it was."""
    if isinstance(value, dict):
        return {
            name: inner + shift
            if name.endswith(("position", "from", "to")) and isinstance(inner, int)
            else placed(inner, shift)
            for name, inner in value.items()
        }
    return [placed(each, shift) for each in value] if isinstance(value, list) else value


def is_unreadable(where: str, old: Any, new: Any) -> bool:
    """Of what did not travel: a variable, a person's name, and that a reference leads nowhere."""
    return (
        where.endswith("/request_id")
        or (where.endswith("env/TOKEN") and new is None)
        or (where.endswith("/erased") and new is True)
        or (old == "Administrator" and new == "[erased]")
    )


def differences(place: str, old: Any, new: Any) -> list[tuple[str, Any, Any]]:
    """(where, as it was, as it is now) of every value that is not the same."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            each
            for name in sorted(old.keys() | new.keys())
            for each in differences(f"{place}/{name}", old.get(name), new.get(name))
        ]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [each for n, (a, b) in pairs for each in differences(f"{place}/{n}", a, b)]
    return [] if old == new else [(place, old, new)]


def sealed(house: House) -> int:
    head = int(house.made("GET", "/ops/v1/integrity")["head"])
    until(
        lambda: house.made("GET", "/ops/v1/integrity")["sealed_to"] >= head,
        SEALED_SECONDS,
        "the seal",
    )
    return head


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Life:
    folder = tmp_path_factory.mktemp("moving")
    stack = new_stack(folder / "old")
    (folder / "old").mkdir()
    stack.start()
    try:
        house = House(stack, stack.token)
        life = Life(
            folder=folder,
            token=stack.token,
            repositories=stack.repositories,
            installation=stack.data_dir / "keys" / "installation",
            edge_port=stack.edge_port,
        )
        lived(life, stack)
        for path in paths(life):
            answer = house.http("GET", path)
            life.answers[path] = (answer.status, answer.body)
        life.head = sealed(house)
        with pytest.MonkeyPatch.context() as patch:
            assert house.run(patch, "export", str(life.file("whole"))) == 0
            words = ("export", "--organization", "default", str(life.file("default")))
            assert house.run(patch, *words) == 0
        shutil.copy(stack.data_dir / "keys" / "checkpoint.pub", folder / "checkpoint.pub")
    finally:
        stack.end()
    return life


def empty(life: Life, name: str) -> Stack:
    """An installation that waits for an import, with the old one's key of digests."""
    (life.folder / name).mkdir()
    stack = new_stack(
        life.folder / name,
        admin_handle="importer",
        default_organization="none",
        git_base=str(life.repositories),
    )
    keys = stack.data_dir / "keys"
    keys.mkdir(parents=True, mode=0o700)
    stack.data_dir.chmod(0o700)
    shutil.copy(life.installation, keys / "installation")
    stack.start()
    return stack


def test_every_answer_about_the_past_is_the_same_in_the_new_house(
    life: Life, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = empty(life, "whole")
    try:
        words = ("--json", "--key", str(life.folder / "checkpoint.pub"), "--reason", "moved")
        new = House(stack, stack.token)
        assert new.run(monkeypatch, "import", str(life.file("whole")), *words) == 0
        report = json.loads(capsys.readouterr().out)
        shift = report["first_position"] - 1
        assert report["last_position"] >= life.head + shift
        old_self = House(stack, life.token)  # The old installation's token opens this one, too.
        wait_for(lambda: seen(old_self, report["last_position"]), 60, lambda: "the views")
        found = []
        for path, (status, body) in life.answers.items():
            answer = old_self.http("GET", path)
            found += differences(path, status, answer.status)
            here = json.dumps(body).replace(f":{life.edge_port}", f":{stack.edge_port}")
            found += differences(path, placed(json.loads(here), shift), answer.body)
        strange = [each for each in found if not is_unreadable(*each)]
        assert not strange, "\n".join(
            f"{w.partition('?')[0]} {w[-60:]}: {o!r} {n!r}" for w, o, n in strange
        )
        assert new.made("GET", f"/ops/v1/imports/{report['id']}/positions/7") == {
            "origin": 7,
            "position": 7 + shift,
        }
        assert "canary-1f7a" not in life.file("whole").read_text()

        # What is wanted runs again, without what did not travel.
        outpost = Outpost(stack=stack, token=life.token, namespace="default")
        wait_for(lambda: rolled_out(outpost, 2), 60, lambda: f"to run: {outpost.get('web').body}")
        assert "TOKEN" not in outpost.traffic("web").body["env"]
        assert outpost.get("web").body["env"] == {"TOKEN": None}
        assert outpost.update("web", env={"TOKEN": "set-anew"}).status == 200
        wait_for(
            lambda: outpost.traffic("web").body["env"].get("TOKEN") == "set-anew" or None,
            60,
            lambda: f"the new value: {outpost.get('web').body}",
        )

        # It is sealed anew, verifies, and goes out again event for event.
        sealed(new)
        again = life.file("again")
        assert new.run(monkeypatch, "export", str(again)) == 0
        assert (
            main(["verify", str(again), "--key", str(stack.data_dir / "keys/checkpoint.pub")]) == 0
        )
        assert (
            events_of(again)[shift : shift + life.head]
            == events_of(life.file("whole"))[: life.head]
        )

        # And nothing is taken twice.
        assert new.run(monkeypatch, "import", str(life.file("whole"))) == 1
        assert "is here already" in capsys.readouterr().err
    finally:
        stack.end()


def test_an_organization_moves_alone_and_rests_until_it_is_touched(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = empty(life, "default")
    try:
        house = House(stack, stack.token)
        assert house.run(monkeypatch, "import", str(life.file("default")), "--no-deploy") == 0
        wait_for(lambda: seen(house, head_of(house)), 60, lambda: "the views")
        path = f"/ops/v1/services/{life.web}/history?until={quote(life.moments[-1])}&limit=100"
        told = [event["event_id"] for event in house.made("GET", path)["data"]]
        assert told == [event["event_id"] for event in life.answers[path][1]["data"]]
        replicas = f"/ops/v1/services/{life.web}/replicas"
        wait_for(
            lambda: True if house.made("GET", replicas)["data"] == [] else None,
            30,
            lambda: f"no replica to be left: {house.made('GET', replicas)}",
        )
        time.sleep(3)
        assert house.made("GET", replicas)["data"] == []
        assert house.http("GET", "/default/service/web").status == 200
        outpost = admin(stack)
        assert outpost.redeploy("web").status in (200, 201, 202)
        wait_for(lambda: rolled_out(outpost, 2), 60, lambda: f"to run: {outpost.get('web').body}")
    finally:
        stack.end()


def seen(house: House, position: int) -> bool | None:
    answer = house.http("GET", "/ops/v1/services?per_page=1")
    return (
        True if answer.status == 200 and int(answer.headers["log-position"]) >= position else None
    )


def head_of(house: House) -> int:
    return int(house.made("GET", "/ops/v1/integrity")["head"])


def events_of(file: Path) -> list[dict[str, Any]]:
    """Everything of each event but where it lies, and how that is proved."""
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    return [
        {name: value for name, value in line.items() if name not in ("position", "path")}
        for line in lines
        if line["kind"] == "event"
    ]
