"""Each verb against the whole stack: what it says is what the stack did."""

import json
import queue
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.cli.terminal import Ended, Terminal
from tests.support.apps import ECHO
from tests.support.git import push
from tests.support.outpost import Outpost, admin, tenant, wait_for
from tests.support.stack import Stack

REPOSITORY = "examples/hello"
SMALL = ("--repo", REPOSITORY, "--cpu", "2", "--memory-gb", "1")


@pytest.fixture(scope="module")
def somebody(stack: Stack) -> Outpost:
    """In a project of its own: what is pruned here is nobody else's."""
    return tenant(stack, "cli-somebody")


@pytest.fixture
def terminal(somebody: Outpost) -> Terminal:
    return Terminal(outpost=somebody)


def test_status_says_who_serves_and_who_asks(terminal: Terminal) -> None:
    ended = terminal.done("status", "--json")
    assert ended.json["ready"] is True
    assert ended.json["caller"]["handle"] == "cli-somebody"
    assert set(ended.json["processes"]) >= {"gateway", "command", "query", "scheduler", "edge"}
    assert "you are cli-somebody" in terminal.done("status").out


def test_a_repository_is_deployed_changed_and_explained(terminal: Terminal) -> None:
    made = terminal.done("deploy", "cli-one", *SMALL, "--env", "A=1", "--reason", "begin")
    assert "running" in made.lines[0]
    assert terminal.done("deploy", "cli-one", "--max-replicas", "3", "--reason", "more").code == 0
    same = terminal.done("deploy", "cli-one", "--max-replicas", "3")
    assert "is so already" in same.out

    listed = terminal.done("services", "--json").json
    (one,) = [service for service in listed if service["name"] == "cli-one"]
    assert one["workload"]["replicas_max"] == 3
    assert terminal.done("services", "get", one["id"], "--json").json["id"] == one["id"]
    assert terminal.done("services", "get", "cli-somebody/CLI_one", "--json").json == (
        terminal.done("services", "get", "cli-one", "--json").json
    )

    history = terminal.done("history", "cli-one", "--json").json
    assert history[0]["type"] == "service.registered"
    assert [event["reason"] for event in history if event["reason"]][-1] == "more"
    (blamed,) = terminal.done("blame", "cli-one", "max_replicas", "--json").json
    assert (blamed["value"], blamed["by"]["reason"]) == (3, "more")

    before = str(blamed["by"]["position"] - 1)
    diff = terminal.run("diff", "cli-one", before, "--exit-code")
    assert diff.code == 5
    assert any("replicas_max\t1\t3" in line for line in diff.lines), diff.out
    then = terminal.done("services", "get", "cli-one", "--as-of", before, "--json")
    assert then.json["workload"]["replicas_max"] == 1
    assert "THEN" in terminal.done("services", "get", "cli-one", "--as-of", before).err
    past = terminal.done("history", "cli-one", "--as-of", before)
    assert "\tmore" not in past.out
    assert "THEN" in past.err
    newest = terminal.done("events", "--as-of", before, "--limit", "1", "--json").json
    assert int(newest["sequence"]) <= int(before)

    why = terminal.done("why", str(history[-1]["position"]), "--json").json
    assert "root" in why
    assert "scaling:" in terminal.done("why", "cli-one").out
    logs = terminal.done("logs", "cli-one", "--stream", "system")
    assert any("rollout succeeded" in line for line in logs.lines)
    assert all("\tsystem\t" in line for line in logs.lines)


def test_a_value_of_a_variable_is_never_shown(terminal: Terminal) -> None:
    terminal.done("deploy", "cli-secret", *SMALL, "--env", "PASSWORD=hunter2", "--no-wait")
    asked = (
        ("services", "get", "cli-secret"),
        ("history", "cli-secret", "--json"),
        ("blame", "cli-secret", "env"),
        ("deploy", "cli-secret", "--env", "PASSWORD=hunter3", "--plan"),
    )
    for words in asked:
        told = terminal.done(*words)
        assert "hunter" not in told.out + told.err, words
        assert "PASSWORD" in told.out, words


def test_what_is_restored_is_shown_first(terminal: Terminal) -> None:
    terminal.done("deploy", "cli-back", *SMALL)
    then = str(terminal.done("history", "cli-back", "--json").json[-1]["position"])
    terminal.done("deploy", "cli-back", "--max-replicas", "4")
    plan = terminal.run("restore", "cli-back", "--to", then, "--plan", "--exit-code")
    assert plan.code == 5
    assert "replicas_max\t4\t1" in plan.out
    assert (
        terminal.run("restore", "cli-back", "--to", then).code == 1
    )  # Nobody was there to say yes.
    terminal.done("restore", "cli-back", "--to", then, "--yes", "--reason", "too many")
    now = terminal.done("services", "get", "cli-back", "--json").json
    assert now["workload"]["replicas_max"] == 1

    terminal.done("services", "delete", "cli-back", "--yes")
    gone = terminal.run("services", "get", "cli-back")
    assert gone.code == 3
    assert "--as-of" in gone.err
    ended = terminal.done("history", now["id"], "--type", "service.*", "--json").json[-1]
    assert ended["type"] == "service.removed"
    terminal.done("restore", now["id"], "--to", then, "--yes")
    assert terminal.done("services", "get", "cli-back", "--json").json["id"] == now["id"]


def test_the_commit_that_ran_before_runs_again(
    stack: Stack, somebody: Outpost, terminal: Terminal
) -> None:
    files = {"app.py": ECHO, "Procfile": "web: python app.py\n"}
    first = push(stack.repositories, "cli-somebody/app", files)
    terminal.done("deploy", "cli-app", "--repo", "cli-somebody/app", "--cpu", "2")
    assert terminal.run("rollback", "cli-app", "--yes").code == 1  # Nothing ran before.
    second = push(stack.repositories, "cli-somebody/app", {"app.py": ECHO + "# two\n"})

    def serving(commit: str) -> bool | None:
        one = terminal.done("services", "get", "cli-app", "--json").json
        return (one["serving"]["commit"] == commit and one["status"] == "running") or None

    wait_for(lambda: serving(second), 60, lambda: "the push to be deployed")
    assert terminal.run("rollback", "cli-app").code == 1  # Nobody was there to say yes.
    plan = terminal.done("rollback", "cli-app", "--plan", "--json").json
    assert (plan["from"]["commit"], plan["to"]["commit"]) == (second, first)
    assert serving(second)
    terminal.done("rollback", "cli-app", "--yes", "--reason", "errors")
    assert serving(first)
    terminal.done("rollback", "cli-app", "--to", str(plan["from"]["number"]), "--yes")
    assert serving(second)
    assert terminal.run("rollback", "cli-app", "--to", "99", "--yes").code == 1
    (project,) = terminal.done("projects", "--account", "cli-somebody", "--json").json
    assert project["handle"] == "cli-somebody"


def test_a_failed_rollout_says_why_with_its_last_lines(terminal: Terminal) -> None:
    command = "python -c \"print('no such table: carts', flush=True); raise SystemExit(3)\""
    ended = terminal.run("deploy", "cli-broken", *SMALL, "--command", command, "--timeout", "80")
    assert ended.code == 1, ended
    assert "was not deployed" in ended.err
    assert "no such table: carts" in ended.err
    terminal.done("services", "delete", "cli-broken", "--yes", "--force")


def _file(folder: Path, text: str) -> str:
    path = folder / "services.yaml"
    path.write_text(text)
    return str(path)


WANTED = f"""\
services:
  cli-web:
    repo: {REPOSITORY}
    cpu: 2
    memory_gb: 1
    max_replicas: MAX
    env:
      GREETING: hi
      PASSWORD: {{from_environment: CLI_PASSWORD}}
"""


def test_a_file_is_applied_once_and_then_changes_nothing(stack: Stack, tmp_path: Path) -> None:
    terminal = Terminal(outpost=tenant(stack, "cli-applier"))
    terminal.done("deploy", "cli-old", *SMALL, "--no-wait")
    file = _file(tmp_path, WANTED.replace("MAX", "2"))
    secret = {"CLI_PASSWORD": "hunter2"}
    assert terminal.run("apply", "-f", file, "--plan").code == 2  # Its secret is nowhere.

    plan = terminal.run("apply", "-f", file, "--plan", "--exit-code", **secret)
    assert plan.code == 5
    assert "1 add" in plan.out
    assert "hunter2" not in plan.out
    assert terminal.run("services", "get", "cli-web").code == 3  # A plan does nothing.
    assert terminal.run("apply", "-f", file, **secret).code == 1
    assert terminal.run("services", "get", "cli-web").code == 3

    terminal.done("apply", "-f", file, "--yes", "--reason", "first", **secret)
    once = terminal.done("history", "cli-web", "--type", "service.*", "--json").json
    again = terminal.done("apply", "-f", file, "--yes", "--json", **secret)
    assert [step["kind"] for step in again.json["steps"]] == ["same"]
    assert terminal.done("history", "cli-web", "--type", "service.*", "--json").json == once

    file = _file(tmp_path, WANTED.replace("MAX", "3"))
    seen = terminal.done("apply", "-f", file, "--plan", "--json", **secret).json
    assert [step["kind"] for step in seen["steps"]] == ["change"]
    terminal.done("deploy", "cli-web", "--max-replicas", "4")
    moved = terminal.run(
        "apply", "-f", file, "--yes", "--at-position", str(seen["position"]), **secret
    )
    assert moved.code == 1
    assert "has changed since position" in moved.err
    terminal.done("apply", "-f", file, "--yes", **secret)
    assert _max(terminal) == 3

    (tmp_path / "other").mkdir()
    other = _file(tmp_path / "other", WANTED.replace("MAX", "5").replace("cpu: 2", "cpu: 4"))
    refused = terminal.run("apply", "-f", other, "--yes", **secret)
    assert refused.code == 1
    assert "--replace" in refused.err
    seen_id = terminal.done("services", "get", "cli-web", "--json").json["id"]
    assert _max(terminal) == 3  # Nothing was done, not even what could be.

    terminal.done("apply", "-f", other, "--yes", "--replace", **secret)
    anew = terminal.done("services", "get", "cli-web", "--json").json
    assert (anew["workload"]["cpu"], anew["workload"]["replicas_max"]) == (4, 5)
    assert anew["id"] != seen_id
    file = other

    names = {one["name"] for one in terminal.done("services", "--json").json}
    assert names == {"cli-web", "cli-old"}  # Not named is not pruned.
    terminal.done("apply", "-f", file, "--prune", "--yes", **secret)
    assert [one["name"] for one in terminal.done("services", "--json").json] == ["cli-web"]


def _max(terminal: Terminal) -> int:
    service = terminal.done("services", "get", "cli-web", "--json").json
    return int(service["workload"]["replicas_max"])


def test_a_key_lives_until_it_is_revoked(terminal: Terminal) -> None:
    issued = terminal.done("keys", "issue", "cli-laptop", "--expires-in-days", "2", "--json").json
    token = {"CHRONOPLANE_TOKEN": issued["token"]}
    assert terminal.done("status", "--json", **token).json["caller"]["key"]["name"] == "cli-laptop"
    terminal.done("keys", "revoke", issued["id"], "--reason", "lost")
    ended = terminal.run("services", "--json", **token)
    assert ended.code == 4
    assert json.loads(ended.err)["next"]
    (listed,) = [key for key in terminal.done("keys", "--json").json if key["id"] == issued["id"]]
    assert listed["revoked_at"] is not None


def test_what_is_foreign_is_not_there(stack: Stack, terminal: Terminal) -> None:
    terminal.done("deploy", "cli-mine", *SMALL, "--no-wait")
    own = terminal.done("services", "get", "cli-mine", "--json").json
    stranger = Terminal(outpost=tenant(stack, "cli-stranger"))
    for words in (
        ("services", "get", own["id"]),
        ("services", "get", "cli-somebody/cli-mine"),
        ("history", own["id"]),
        ("logs", own["id"]),
        ("restore", own["id"], "--to", "1", "--yes"),
        ("deploy", "cli-somebody/cli-mine", "--max-replicas", "9"),
    ):
        ended = stranger.run(*words)
        assert ended.code in (3, 4), (words, ended)
        assert ended.out == "", words


def test_a_service_is_scaled_and_told_about(terminal: Terminal) -> None:
    terminal.done("deploy", "cli-scaled", *SMALL)
    scaled = terminal.done(
        "scale", "cli-scaled", "--min", "1", "--max", "5", "--target-concurrency", "7", "--json",
        "--reason", "a busy week",
    ).json  # fmt: skip
    assert (scaled["replicas_max"], scaled["settings"]["target_concurrency"]) == (5, 7.0)
    told = terminal.done("scaling", "cli-scaled")
    assert "target_concurrency\t7.0" in told.out
    (blamed,) = terminal.done("blame", "cli-scaled", "max_replicas", "--json").json
    assert blamed["by"]["reason"] == "a busy week"
    (rollout,) = terminal.done("rollouts", "cli-scaled", "--json").json
    (replica,) = terminal.done("replicas", "cli-scaled", "--json=id,state,deployment_id").json
    assert (replica["state"], replica["deployment_id"]) == ("ready", rollout["id"])
    assert terminal.done("cold-starts", "cli-scaled", "--json").json["total"] == 0
    assert terminal.run("scale", "cli-scaled").code == 2

    def played() -> Ended | None:
        told = terminal.run("what-if", "cli-scaled", "--min", "3", "--max", "3", "--json")
        return told if told.code == 0 else None  # Until it has a period of some seconds.

    found = wait_for(played, 60, lambda: "a period to be played").json
    assert (found["happened"]["replicas_most"], found["changed"]["replicas_most"]) == (1, 3)
    assert float(found["changed"]["cost"]) > float(found["replayed"]["cost"])
    assert "REPLAYED" not in terminal.done("what-if", "cli-scaled", "--max", "2").out  # a pipe
    before = terminal.done("services", "get", "cli-scaled", "--json").json
    assert before["workload"]["replicas_max"] == 5  # Asked, not done.
    assert terminal.run("what-if", "cli-scaled", "--from", "-9h").code == 1
    assert terminal.run("scale", "cli-scaled", "9", "--as-of", "-1h").code == 2


def test_what_belongs_to_a_project_is_listed_and_changed(terminal: Terminal) -> None:
    assert terminal.done("jobs", "--json").json == []
    quota = terminal.done("quota", "--json").json
    assert quota["used"]["services"] >= 0
    denied = terminal.run("quota", "set", "--replicas", "3")
    assert (denied.code, denied.out) == (4, "")  # Only the installation's admin may.

    made = terminal.done(
        "webhooks", "create", "https://receiver.example/hook", "--types", "grant.*"
    )
    assert made.out.startswith("whsec_")
    (hook,) = terminal.done("webhooks", "--json").json
    terminal.done("webhooks", "set", hook["id"], "--pause")
    assert terminal.done("webhooks").out.split("\t")[2] == "paused"
    assert terminal.done("webhooks", "rotate", hook["id"]).out != made.out
    assert terminal.done("webhooks", "deliveries", hook["id"], "--json").json == []
    assert terminal.done("erase", hook["id"], "--plan", "--json").json["erased"] == 0
    terminal.done("webhooks", "delete", hook["id"], "--yes")
    assert terminal.done("webhooks", "--json").json == []

    terminal.done("deploy", "cli-node", *SMALL, "--no-wait")
    assert "cli-node" in terminal.done("graph").out
    assert "cli-node" in terminal.done("graph", "--focus", "cli-node", "--format", "mermaid").out
    assert terminal.run("graph", "--focus", "topic:nothing").code == 3
    assert terminal.run("graph", "nobody-here").code in (3, 4)
    assert terminal.done("api", "GET", "/ops/v1/whoami", "--json=handle").json == {
        "handle": "cli-somebody"
    }
    found = terminal.done("doctor", "--json").json
    assert {one["check"] for one in found} >= {"gateway", "clock", "credential", "scheduler"}


def test_who_signs_in_needs_no_environment(stack: Stack, tmp_path: Path) -> None:
    outpost = tenant(stack, "cli-signed")
    terminal = Terminal(outpost=outpost)
    nowhere = {"CHRONOPLANE_URL": "", "CHRONOPLANE_TOKEN": "", "CHRONOPLANE_PROJECT": ""}
    config = {**nowhere, "XDG_CONFIG_HOME": str(tmp_path)}
    login = ("login", "--context", "here", "--url", stack.gateway_url, "--project", "cli-signed")
    assert terminal.run(*login, given="no-token\n", **config).code == 4
    assert terminal.run("context", "--json", **config).json == []
    told = terminal.done(*login, given=f"{outpost.token}\n", **config)
    assert outpost.token not in told.out + told.err
    assert terminal.done("status", "--json", **config).json["caller"]["handle"] == "cli-signed"
    made = terminal.done("deploy", "cli-there", *SMALL, "--no-wait", "--json", **config).json
    assert made["project_handle"] == "cli-signed"


class Lines:
    """What a running command has said so far, without waiting for its end."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._queue: queue.Queue[str] = queue.Queue()
        self.seen: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._queue.put(line.rstrip("\n"))

    def ended(self) -> None:
        """By Ctrl-C; what it said until then is seen."""
        self._process.send_signal(signal.SIGINT)
        assert self._process.wait(30) == 130
        self._reader.join(30)
        while not self._queue.empty():
            self.seen.append(self._queue.get())

    def until(self, fits: Callable[[str], bool], seconds: float = 60.0) -> str:
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                line = self._queue.get(timeout=left)
            except queue.Empty:
                break
            self.seen.append(line)
            if fits(line):
                return line
        code = self._process.poll()
        assert self._process.stderr is not None
        said = "" if code is None else self._process.stderr.read()
        raise AssertionError(f"it never came: {self.seen}; exit code {code}: {said}")


def _told(line: str) -> tuple[str, ...]:
    """Of the id of a replica the page shows the end, the stream all of it."""
    at, replica, *rest = line.split("\t")
    return at, replica[-12:], *rest


def _is(line: str, other: str) -> bool:
    return _told(line) == _told(other)


def test_streams_go_on_where_they_were_when_the_gateway_was_away(
    stack: Stack, somebody: Outpost, terminal: Terminal
) -> None:
    terminal.done("deploy", "cli-stream", *SMALL)
    id_ = terminal.done("services", "get", "cli-stream", "--json").json["id"]
    follow = ("events", "-f", "--json", "--stream", f"service-{id_}", "--limit", "1")
    with terminal.running(*follow) as events, terminal.running("logs", "cli-stream", "-f") as logs:
        told, said = Lines(events), Lines(logs)
        told.until(lambda line: "rollout_succeeded" in line)
        said.until(lambda line: "rollout succeeded" in line)
        old = stack.kill9("gateway")
        stack.wait_restarted("gateway", old)
        stack.wait_ready()
        for count in (2, 3):
            assert somebody.update("cli-stream", max_replicas=count).status == 200
        assert somebody.redeploy("cli-stream").status == 200
        told.until(lambda line: "rollout_succeeded" in line)
        said.until(lambda line: "rollout succeeded" in line)
        positions = [int(json.loads(line)["sequence"]) for line in told.seen]
        history = terminal.done("history", "cli-stream", "--type", "service.*", "--json").json
        whole = [event["position"] for event in history if event["position"] >= positions[0]]
        assert positions == whole  # None missing, none twice, in order.
        # Lines come in the order in which they are taken, not in that of their times.
        for line in terminal.done("logs", "cli-stream", "--stream", "system").lines:
            if _told(line) not in map(_told, said.seen):
                said.until(partial(_is, line))
        told.ended()
        said.ended()
        # Two lines of an app may be one text at one time: on a slow machine two probes are answered
        # in one breath. None comes more often than it was said.
        kept = Counter(map(_told, terminal.done("logs", "cli-stream", "--tail", "10000").lines))
        seen = Counter(map(_told, said.seen))
        assert seen <= kept, seen - kept


def test_whoever_has_seen_enough_may_go(terminal: Terminal) -> None:
    terminal.done("deploy", "cli-pipe", *SMALL, "--no-wait")
    with terminal.running("events", "-f", "--from", "0") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        terminal.done("deploy", "cli-pipe", "--max-replicas", "2", "--no-wait")
        ended = wait_for(process.poll, 30, lambda: "the command to end with its reader")
        assert process.stderr is not None
        assert (ended, "Traceback" in process.stderr.read()) == (0, False)


def test_an_admin_reads_every_project(stack: Stack, terminal: Terminal) -> None:
    terminal.done("deploy", "cli-seen", *SMALL, "--no-wait")
    root = Terminal(outpost=admin(stack))
    names = {one["name"] for one in root.done("services", "--all", "--json").json}
    assert "cli-seen" in names
    assert "cli-seen" not in {one["name"] for one in root.done("services", "--json").json}


def test_an_admin_declares_nodes_and_takes_them_away(stack: Stack, terminal: Terminal) -> None:
    root = Terminal(outpost=admin(stack))
    name = "cli-play"  # Nothing real is placed on a simulated one.
    root.done("nodes", "declare", name, "--cpu", "3", "--memory-gb", "2", "--simulated")
    after = root.done("nodes", "set", name, "--label", "pool=a", "--json").json
    assert (after["capacity"]["cpu"], after["labels"]) == (3, {"pool": "a"})
    cordoned = root.done("nodes", "cordon", name, "--json").json
    assert (cordoned["cordoned"], cordoned["labels"]) == (True, {"pool": "a"})
    assert f"{name}\topen" in root.done("nodes", "open", name).out
    assert terminal.run("nodes", "cordon", name).code in (3, 4)
    root.done("nodes", "delete", name, "--yes")
    assert name not in {one["name"] for one in root.done("nodes", "--json").json}


def test_a_name_finds_one_service_of_a_project(somebody: Outpost, terminal: Terminal) -> None:
    terminal.done("deploy", "cli-named", *SMALL, "--no-wait")
    found = somebody.ops("GET", "services?project=cli-somebody&name=CLI_named").body
    assert [one["name"] for one in found["data"]] == ["cli-named"]
    assert found["pagination"]["total"] == 1
    nobody = somebody.ops("GET", "services?project=cli-somebody&name=nobody")
    assert (nobody.status, nobody.body["data"]) == (200, [])
    assert somebody.ops("GET", "services?name=cli-named").status == 400
    assert somebody.ops("GET", "services?project=admin&name=cli-named").status in (403, 404)
