"""Domino's jobs on the whole stack: from the queue to results in the project's repository."""

import time
from pathlib import Path
from typing import Any

import pytest
from dulwich.objects import Commit, ObjectID
from dulwich.refs import Ref
from dulwich.repo import Repo

from tests.flows.test_domino_projects import Person, person
from tests.support.apps import echo
from tests.support.git import push
from tests.support.outpost import Answer, Outpost, admin, call
from tests.support.stack import Stack, until

pytestmark = [pytest.mark.stack]

JOBS = "/api/jobs/beta/jobs"
START = "/api/jobs/v1/jobs"
TIERS = "/api/hardwaretiers/v1/hardwaretiers"
ENVIRONMENTS = "/api/environments/beta/environments"
SECONDS = 90.0


@pytest.fixture(scope="module")
def root(stack: Stack) -> Outpost:
    return admin(stack)


@pytest.fixture(scope="module")
def jo(root: Outpost) -> Person:
    return person(root, "jo")


@pytest.fixture(scope="module")
def boss(stack: Stack, root: Outpost) -> Person:
    return Person(stack=stack, id=root.ops("GET", "whoami").body["principal_id"], token=stack.token)


def start(who: Person, project: str, command: str, **more: Any) -> str:
    body = {"projectId": project, "runCommand": command, **more}
    return str(who.made("POST", START, body)["job"]["id"])


def ops(who: Person, id_: str, what: str) -> Answer:
    """Where the dialect has no operation of its own."""
    url = f"{who.stack.gateway_url}/ops/v1/jobs/{id_}/{what}"
    return call(url, method="POST", headers={"Authorization": f"Bearer {who.token}"})


def job(who: Person, id_: str) -> Any:
    return who.made("GET", f"{JOBS}/{id_}")["job"]


def ended(who: Person, id_: str, seconds: float = SECONDS) -> Any:
    until(lambda: job(who, id_)["status"]["isCompleted"], seconds, "the job to end")
    return job(who, id_)


def lines(who: Person, id_: str, **query: Any) -> list[Any]:
    text = "&".join(f"{name}={value}" for name, value in query.items())
    found = who.made("GET", f"{JOBS}/{id_}/logs?{text}")["logs"]["logContent"]
    return [(line["logType"], line["log"]) for line in found]


def own(stack: Stack, project: str) -> Repo:
    return Repo(str(stack.data_dir / "projects" / "own" / f"{project}.git"))


def test_what_a_job_writes_is_what_the_next_one_finds(jo: Person, stack: Stack) -> None:
    project = jo.project("carry-over")
    script = "printf 'print(6 * 7)' > answer.py; echo made; echo oops >&2"
    first = ended(jo, start(jo, project, script, title="Make"))
    assert first["status"]["executionStatus"] == "Succeeded", first
    commits = first["commitDetails"]
    assert commits["outputCommitId"] != commits["inputCommitId"]
    assert ("stdOut", "made") in lines(jo, first["id"], logType="stdout")
    assert lines(jo, first["id"], logType="stdErr") == [("stdErr", "oops")]
    assert any("commit" in text for _, text in lines(jo, first["id"], logType="prepareOutput"))
    with own(stack, project) as repository:
        assert repository.head().decode() == commits["outputCommitId"]
    second = ended(jo, start(jo, project, "answer.py"))
    assert (second["number"], second["commitDetails"]["inputCommitId"]) == (
        2, commits["outputCommitId"],
    )  # fmt: skip
    assert lines(jo, second["id"], logType="stdOut") == [("stdOut", "42")]
    assert second["commitDetails"]["outputCommitId"] == commits["outputCommitId"]
    times = second["stageTimes"]
    assert times["submissionTime"] <= times["startTime"] <= times["completedTime"]


def test_isolated_results_get_a_branch_of_their_own(jo: Person, stack: Stack) -> None:
    project = jo.project("aside")
    settings = f"/api/projects/beta/projects/{project}/results-settings"
    jo.made("PUT", settings, {"branch": "isolated"})
    done = ended(jo, start(jo, project, "echo x > x.txt"))
    with own(stack, project) as repository:
        refs = repository.get_refs()
        assert (
            refs[Ref(b"refs/heads/results/job-1")].decode()
            == done["commitDetails"]["outputCommitId"]
        )
        assert refs[Ref(b"refs/heads/main")].decode() == done["commitDetails"]["inputCommitId"]


def test_a_job_runs_the_commit_of_the_repository_its_project_is_linked_to(
    jo: Person, stack: Stack
) -> None:
    first = push(stack.repositories, "jo/work", {"main.py": "print('first')\n"})
    push(stack.repositories, "jo/work", {"main.py": "print('second')\n"})
    project = jo.project("linked", mainRepository={"uri": "jo/work"})
    newest = ended(jo, start(jo, project, "main.py"))
    assert ("stdOut", "second") in lines(jo, newest["id"]), newest
    older = ended(jo, start(jo, project, "main.py", commitId=first))
    assert older["commitDetails"]["inputCommitId"] == first
    assert ("stdOut", "first") in lines(jo, older["id"])
    ref = {"refType": "branches", "value": "none"}
    gone = ended(jo, start(jo, project, "main.py", mainRepoGitRef=ref))
    assert gone["status"]["executionStatus"] == "Failed"
    logs = jo.made("GET", f"{JOBS}/{gone['id']}/logs")["logs"]
    assert logs["isComplete"] and "unknown branch" in logs["problem"]


def test_a_failure_says_why_and_keeps_what_was_told(jo: Person) -> None:
    project = jo.project("failing")
    stats = """echo '{"accuracy": 0.5, "name": "a"}' > dominostats.json; exit 3"""
    failed = ended(jo, start(jo, project, stats))
    assert failed["status"]["executionStatus"] == "Failed"
    assert failed["dominoStats"] == [
        {"name": "accuracy", "value": "0.5"}, {"name": "name", "value": "a"},
    ]  # fmt: skip
    logs = jo.made("GET", f"{JOBS}/{failed['id']}/logs")["logs"]
    assert logs["problem"] == "It ended with code 3."
    hog = "python -c 'x = bytearray(1); x = [bytearray(2**26) for _ in range(60)]; print(len(x))'"
    killed = ended(jo, start(jo, project, hog))
    problem = jo.made("GET", f"{JOBS}/{killed['id']}/logs")["logs"]["problem"]
    assert killed["status"]["executionStatus"] == "Failed" and "memory" in problem, problem
    shot = ended(jo, start(jo, project, "kill -9 $$"))
    problem = jo.made("GET", f"{JOBS}/{shot['id']}/logs")["logs"]["problem"]
    assert "signal 9 (SIGKILL)" in problem


def test_a_stop_ends_what_runs_and_keeps_what_it_wrote(jo: Person, stack: Stack) -> None:
    project = jo.project("stopping")
    id_ = start(jo, project, "echo kept > kept.txt; echo up; sleep 600")
    until(lambda: ("stdOut", "up") in lines(jo, id_), SECONDS, "the job to run")
    until(lambda: "usage" in job(jo, id_), SECONDS, "its use to be sampled")
    stop = ops(jo, id_, "stop")
    assert stop.status == 200 and stop.body["is_stopping"]
    done = ended(jo, id_)
    assert done["status"]["executionStatus"] == "Stopped"
    with own(stack, project) as repository:
        assert repository.head().decode() == done["commitDetails"]["outputCommitId"]
    assert ops(jo, id_, "archive").body["is_archived"]
    assert jo.made("GET", f"{JOBS}?projectId={project}")["jobs"] == []
    shown = jo.made("GET", f"{JOBS}?projectId={project}&statusFilter=Archived")["jobs"]
    assert [each["id"] for each in shown] == [id_]


def test_a_tier_runs_no_more_than_it_may_and_what_waits_says_why(jo: Person, boss: Person) -> None:
    memory = {"value": 256, "units": "mib"}
    resources = {"cores": 0.5, "memory": memory, "allowSharedMemoryToExceedDefault": False}
    tier = {
        "id": "narrow", "name": "Narrow", "nodePool": "default", "resources": resources,
        "maxSimultaneousExecutions": 1,
    }  # fmt: skip
    assert jo.domino("POST", TIERS, tier).status == 403
    boss.made("POST", TIERS, tier)
    project = jo.project("queueing")
    ids = [start(jo, project, "sleep 2", hardwareTier="narrow") for _ in range(3)]
    details = job(jo, ids[2])["queuedJobStatusDetails"]
    assert "at most 1" in details["explanation"] or "before this one" in details["explanation"]
    most = 0
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        states = [job(jo, id_)["status"] for id_ in ids]
        begun = [s for s in states if not s["isCompleted"] and s["executionStatus"] != "Queued"]
        most = max(most, len(begun))
        if all(state["isCompleted"] for state in states):
            break
        time.sleep(0.2)
    assert most == 1
    assert {job(jo, id_)["status"]["executionStatus"] for id_ in ids} == {"Succeeded"}
    stopped = start(jo, project, "sleep 5", hardwareTier="narrow")
    waiting = start(jo, project, "true", hardwareTier="narrow")
    assert ops(jo, waiting, "stop").body["outcome"] == "stopped"
    ended(jo, stopped)
    boss.made("DELETE", f"{TIERS}/narrow")
    refused = jo.domino(
        "POST", START, {"projectId": project, "runCommand": "true", "hardwareTier": "narrow"}
    )
    assert refused.status == 400 and "archived" in refused.body["errors"][0]


def test_an_environment_is_built_and_reaches_the_job(jo: Person) -> None:
    body = {
        "name": "Scripts", "visibility": "private", "image": "python:3.11",
        "addBaseDependencies": False, "preRunScript": "echo before",
        "postRunScript": "echo after", "dockerfileInstructions": "# nothing\nENV COLOR=green",
        "environmentVariables": [{"key": "SHAPE", "value": "round"}],
    }  # fmt: skip
    made = jo.made("POST", ENVIRONMENTS, body)["environment"]
    project = jo.project("environed")
    id_ = start(jo, project, 'echo "$COLOR $SHAPE"', environmentId=made["id"])
    done = ended(jo, id_)
    assert done["status"]["executionStatus"] == "Succeeded", done
    told = [text for kind, text in lines(jo, id_) if kind == "stdOut"]
    assert told == ["before", "green round", "after"]
    shown = jo.made("GET", f"/api/environments/v1/environments/{made['id']}")["environment"]
    assert shown["selectedRevision"]["status"] == "succeeded"
    copy = jo.made("POST", ENVIRONMENTS, {"duplicateFromEnvironmentId": made["id"]})["environment"]
    again = ended(jo, start(jo, project, 'echo "$SHAPE"', environmentId=copy["id"]))
    assert ("stdOut", "round") in lines(jo, again["id"])


def test_a_revision_that_cannot_be_built_fails_and_says_why(jo: Person) -> None:
    body = {
        "name": "Broken", "visibility": "private", "image": "python:3.11",
        "addBaseDependencies": False, "dockerfileInstructions": "RUN apt-get install -y gcc",
    }  # fmt: skip
    made = jo.made("POST", ENVIRONMENTS, body)["environment"]
    path = f"/api/environments/v1/environments/{made['id']}"

    def latest() -> Any:
        return jo.made("GET", path)["environment"]["latestRevision"]

    until(lambda: latest()["status"] == "failed", SECONDS, "the build to fail")
    project = jo.project("unbuilt")
    failed = ended(jo, start(jo, project, "true", environmentId=made["id"]))
    assert failed["status"]["executionStatus"] == "Error"
    problem = jo.made("GET", f"{JOBS}/{failed['id']}/logs")["logs"]["problem"]
    assert "apt-get" in problem


def test_tags_goals_and_the_past(jo: Person) -> None:
    project = jo.project("marked")
    done = ended(jo, start(jo, project, "true"))
    id_ = done["id"]
    tag = jo.made("POST", f"{START}/{id_}/tags", {"tagName": "nightly", "projectId": project})[
        "tag"
    ]
    assert jo.made("GET", f"{JOBS}?projectId={project}&tagFilter=nightly")["jobs"][0]["id"] == id_
    goal = jo.made("POST", f"/api/projects/v1/projects/{project}/goals", {"title": "Reach"})["goal"]
    linked = jo.made("POST", f"/api/jobs/v1/goals?jobId={id_}", {"goalId": goal["id"]})["goal"]
    assert (linked["title"], linked["jobId"]) == ("Reach", id_)
    before = jo.domino("GET", f"{JOBS}/{id_}")
    assert before.body["job"]["goalIds"] == [goal["id"]]
    jo.made("DELETE", f"/api/jobs/v1/goals/{goal['id']}?jobId={id_}&projectId={project}")
    jo.made("DELETE", f"{START}/{id_}/tags/{tag['id']}?projectId={project}")
    now = job(jo, id_)
    assert (now["tags"], now["goalIds"]) == ([], [])
    position = before.headers["log-position"]
    then = jo.made("GET", f"{JOBS}/{id_}?as_of={position}")["job"]
    assert (then["tags"][0]["name"], then["goalIds"]) == ("nightly", [goal["id"]])


def test_a_log_is_read_to_its_end_by_its_cursor(jo: Person) -> None:
    project = jo.project("talking")
    id_ = start(jo, project, "seq 1 10000")
    ended(jo, id_)
    whole = [text for kind, text in lines(jo, id_, logType="stdOut", limit=10_000)]
    assert whole == [str(number) for number in range(1, 10_001)]
    read: list[str] = []
    cursor = "0"
    while True:
        path = f"{JOBS}/{id_}/logs?logType=stdout&limit=3000&latestTimeNano={cursor}"
        page = jo.made("GET", path)
        if not page["logs"]["logContent"]:
            break
        read += [line["log"] for line in page["logs"]["logContent"]]
        cursor = page["metadata"]["pagination"]["latestTimeNano"]
    assert read == whole
    assert jo.domino("GET", f"{JOBS}/{id_}/logs?limit=10001").status == 400


def test_a_job_outlives_the_scheduler_that_began_it(jo: Person, stack: Stack) -> None:
    project = jo.project("surviving")
    command = "echo begun >> begun.txt; for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 1; done"
    id_ = start(jo, project, command)
    until(lambda: ("stdOut", "1") in lines(jo, id_), SECONDS, "the job to run")
    stack.wait_restarted("scheduler", stack.kill9("scheduler"))
    done = ended(jo, id_)
    assert done["status"]["executionStatus"] == "Succeeded", done
    told = [text for kind, text in lines(jo, id_) if kind == "stdOut"]
    assert told == [str(number) for number in range(1, 9)]
    commit = done["commitDetails"]["outputCommitId"]
    with own(stack, project) as repository:
        held = repository[ObjectID(commit.encode())]
        assert isinstance(held, Commit)
        entries = repository.object_store.iter_tree_contents(held.tree)
        files = {entry.path: repository[entry.sha].as_raw_string() for entry in entries}
    assert files == {b"begun.txt": b"begun\n"}
    assert Path(stack.data_dir).exists()


def told(who: Person, path: str) -> Answer:
    url = f"{who.stack.gateway_url}/ops/v1/{path}"
    return call(url, headers={"Authorization": f"Bearer {who.token}"})


def test_the_history_of_a_job_is_that_of_everything_else(
    jo: Person, root: Outpost, boss: Person
) -> None:
    project = jo.project("remembered")
    done = ended(jo, start(jo, project, "exit 7", title="Seven"))
    history = told(jo, f"jobs/{done['id']}/history")
    assert history.status == 200, history
    types = [event["type"] for event in history.body["data"]]
    assert types[0] == "execution.job_requested" and types[-1] == "execution.concluded"
    assert told(jo, f"jobs/{done['id']}/state").body["state"]["code"] == 7
    eve = person(root, "eve-of-history")
    assert told(eve, f"jobs/{done['id']}/history").status == 404
    assert told(eve, "hardware-tiers/small/history").status == 200
    assert told(boss, f"jobs/{done['id']}/history").status == 200


def test_packages_are_installed_once_and_found_by_the_job(jo: Person) -> None:
    body = {
        "name": "Packages", "visibility": "private", "image": "python:3.11",
        "addBaseDependencies": False, "dockerfileInstructions": "RUN pip install idna",
    }  # fmt: skip
    made = jo.made("POST", ENVIRONMENTS, body)["environment"]
    project = jo.project("packaged")
    script = "python -c 'import idna; print(idna.__file__)'"
    done = ended(jo, start(jo, project, script, environmentId=made["id"]))
    assert done["status"]["executionStatus"] == "Succeeded", lines(jo, done["id"])
    printed = [text for kind, text in lines(jo, done["id"]) if kind == "stdOut"]
    assert "/venv/" in "".join(printed), lines(jo, done["id"])
    missing = {**body, "dockerfileInstructions": "RUN pip install no-such-package-of-anybody"}
    broken = jo.made("POST", ENVIRONMENTS, missing)["environment"]
    failed = ended(jo, start(jo, project, "true", environmentId=broken["id"]), seconds=120)
    problem = jo.made("GET", f"{JOBS}/{failed['id']}/logs")["logs"]["problem"]
    assert failed["status"]["executionStatus"] == "Error" and "no-such-package" in problem


def test_strangers_and_small_roles_are_refused(jo: Person, root: Outpost) -> None:
    project = jo.project("guarded")
    done = ended(jo, start(jo, project, "true"))
    id_, eve = done["id"], person(root, "eve-of-jobs")
    body = {"projectId": project, "runCommand": "true"}
    tag = {"tagName": "a", "projectId": project}
    absent = "ffffffffffffffffffffffff"
    operations: list[tuple[str, str, Any]] = [
        ("GET", f"{JOBS}?projectId={project}", None),
        ("GET", f"{JOBS}/{id_}", None),
        ("GET", f"{JOBS}/{id_}/logs", None),
        ("POST", START, body),
        ("POST", f"{START}/{id_}/tags", tag),
        ("DELETE", f"{START}/{id_}/tags/{absent}?projectId={project}", None),
        ("GET", f"/api/jobs/v1/goals?jobId={id_}", None),
        ("POST", f"/api/jobs/v1/goals?jobId={id_}", {"goalId": absent}),
        ("DELETE", f"/api/jobs/v1/goals/{absent}?jobId={id_}", None),
    ]
    for method, path, given in operations:
        assert eve.domino(method, path, given).status == 404, (method, path)
    assert ops(eve, id_, "stop").status == 404
    collaborators = f"/api/projects/v1/projects/{project}/collaborators"
    jo.made("POST", collaborators, {"id": eve.id, "role": "resultsConsumer"})
    assert eve.domino("GET", f"{JOBS}/{id_}").status == 200
    assert eve.domino("POST", START, body).status == 403
    assert eve.domino("POST", f"/api/jobs/v1/goals?jobId={id_}", {"goalId": absent}).status == 403
    assert ops(eve, id_, "stop").status == 403
    assert eve.domino("POST", f"{START}/{id_}/tags", tag).status == 200


def test_environments_are_their_owners(jo: Person, root: Outpost, boss: Person) -> None:
    body = {
        "name": "Mine", "visibility": "Private", "image": "python:3.11",
        "addBaseDependencies": False,
    }  # fmt: skip
    made = jo.made("POST", ENVIRONMENTS, body)["environment"]
    eve = person(root, "eve-of-environments")
    one = f"/api/environments/v1/environments/{made['id']}"
    revision = made["latestRevision"]["id"]
    restrict = f"{ENVIRONMENTS}/{made['id']}/revisions/{revision}"
    revisions = f"{ENVIRONMENTS}/{made['id']}/revisions"
    assert eve.domino("GET", one).status == 404
    assert eve.domino("DELETE", one).status == 404
    assert eve.domino("POST", revisions, {"summary": "x"}).status == 404
    assert eve.domino("PATCH", restrict, {"isRestricted": True}).status == 404
    assert (
        eve.domino("POST", ENVIRONMENTS, {"duplicateFromEnvironmentId": made["id"]}).status == 404
    )
    assert jo.domino("PATCH", restrict, {"isRestricted": True}).status == 403
    assert boss.made("PATCH", restrict, {"isRestricted": True}) == {"id": revision}
    assert boss.made("GET", one)["environment"]["restrictedRevision"]["id"] == revision
    assert jo.made("POST", revisions, {"summary": "x"})["environmentRevision"]["number"] == 2
    default = next(
        each
        for each in jo.made("GET", f"{ENVIRONMENTS}?limit=100")["environments"]
        if each["name"] == "Default"
    )
    public = f"/api/environments/v1/environments/{default['id']}"
    assert jo.domino("GET", public).status == 200
    assert jo.domino("DELETE", public).status == 403
    assert boss.domino("DELETE", public).status == 400
    assert jo.made("DELETE", one)["environment"]["archived"]
    tier = boss.made("GET", f"{TIERS}/small")["hardwareTier"]
    assert jo.domino("PUT", TIERS, tier).status == 403
    assert jo.domino("DELETE", f"{TIERS}/small").status == 403
    changed = boss.made("PUT", TIERS, {**tier, "centsPerMinute": 0.25})["hardwareTier"]
    assert changed["centsPerMinute"] == 0.25 and changed["flags"]["isDefault"]


def test_a_service_is_prepared_by_the_environment_it_names(root: Outpost, boss: Person) -> None:
    body = {
        "name": "Of services", "visibility": "private", "image": "python:3.11",
        "addBaseDependencies": False,
        "dockerfileInstructions": "RUN pip install idna\nENV SHAPE=round GREETING=none",
        "environmentVariables": [{"key": "COLOR", "value": "green"}],
    }  # fmt: skip
    made = boss.made("POST", ENVIRONMENTS, body)["environment"]
    path = f"/api/environments/v1/environments/{made['id']}"

    def revision(name: str) -> Any:
        return boss.made("GET", path)["environment"][name]

    until(lambda: revision("latestRevision")["status"] == "succeeded", 120, "the build")
    program = "import idna\nprint('idna at', idna.__file__, flush=True)\n" + echo("1")["app.py"]
    files = {"app.py": program, "Procfile": "web: python app.py\n"}
    push(root.stack.repositories, "default/prepared", files)
    answer = root.create(name="prepared", repo="default/prepared", env={"GREETING": "hello"})
    assert answer.status == 201, answer
    root.wait_status("prepared", "running", 60)
    assert "SHAPE" not in root.traffic("prepared").body["env"]

    def shape() -> Any:
        seen = root.traffic("prepared")
        return seen.body["env"].get("SHAPE") if seen.status == 200 else None

    found = root.ops("GET", "services?project=default&name=prepared").body["data"][0]
    at = f"services/{found['id']}/environment"
    pinned = root.ops("PUT", at, {"environment": made["id"]})
    first = revision("latestRevision")["id"]
    assert pinned.status == 200, pinned
    wanted = {"environment_id": made["id"], "revision_id": first}
    assert pinned.body["workload"]["environment"] == wanted
    until(lambda: shape() == "round", 60, "the environment to be rolled out")
    said = "idna at /venv/"
    until(lambda: said in str(root.logs("prepared", "?tail=500").body), 60, "the package")
    env = root.traffic("prepared").body["env"]
    assert (env["SHAPE"], env["COLOR"], env["GREETING"]) == ("round", "green", "hello")

    # A later revision changes nothing by itself, whatever becomes of the replicas.
    newer = {**body, "dockerfileInstructions": "RUN pip install idna\nENV SHAPE=square"}
    boss.made("POST", f"{path.replace('v1', 'beta')}/revisions", newer)
    until(lambda: revision("selectedRevision")["id"] != first, 120, "the next build")
    root.traffic("prepared", "/die")
    root.wait_status("prepared", "running", 90)
    until(lambda: root.traffic("prepared").status == 200, 60, "the next replica")
    assert root.traffic("prepared").body["env"]["SHAPE"] == "round"
    assert root.ops("PUT", at, {"environment": made["id"]}).status == 200

    until(lambda: shape() == "square", 90, "the roll-out that was asked for")
    wrong = root.ops("PUT", at, {"environment": made["id"], "revision": "ab" * 12})
    assert wrong.status in (400, 422) and "revision" in str(wrong.body), wrong
    eve = person(root, "eve-of-services")
    stranger = call(
        f"{root.stack.gateway_url}/ops/v1/{at}", method="PUT", token=eve.token,
        body={"environment": made["id"]},
    )  # fmt: skip
    assert stranger.status == 404
    root.delete("prepared", force=True)


def test_what_runs_in_a_project_ends_with_its_archive(root: Outpost, jo: Person) -> None:
    project = jo.project("shelved")
    handle = root.ops("GET", f"projects/{project}").body["handle"]
    mine = Outpost(stack=root.stack, token=jo.token, namespace=handle)
    push(root.stack.repositories, "jo/shelved", echo("1"))
    assert mine.create(name="web", repo="jo/shelved").status == 201
    mine.wait_status("web", "running", 60)
    service = mine.ops("GET", f"services?project={handle}&name=web").body["data"][0]["id"]
    assert mine.traffic("web").status == 200
    runs = start(jo, project, "echo kept > kept.txt; echo up; sleep 600")
    until(lambda: ("stdOut", "up") in lines(jo, runs), SECONDS, "the job to run")
    waits = start(jo, project, "true", hardwareTier="large")
    before = jo.made("GET", f"/api/projects/v1/projects/{project}")["metadata"]
    position = root.ops("GET", f"projects/{project}/history").body["data"][-1]["position"]

    assert jo.domino("DELETE", f"/api/projects/beta/projects/{project}").status == 200
    until(lambda: root.ops("GET", f"jobs/{runs}").body["outcome"] == "stopped", SECONDS, "its end")
    ends = ("stopped", "succeeded")
    until(lambda: root.ops("GET", f"jobs/{waits}").body["outcome"] in ends, SECONDS, "its end")
    until(lambda: mine.traffic("web").status == 503, SECONDS, "no traffic")

    def replicas() -> Any:
        return mine.ops("GET", f"services/{service}/replicas").body["data"]

    until(lambda: replicas() == [], SECONDS, "no replica")
    # In every dialect: nothing begins and nothing changes, and all of it is read.
    assert jo.domino("POST", START, {"projectId": project, "runCommand": "true"}).status == 404
    for refused in (
        mine.redeploy("web"),
        mine.update("web", max_replicas=2),
        mine.delete("web"),
        mine.create(name="second", repo="jo/shelved"),
        mine.ops("PUT", f"services/{service}/scaling", {"target_rps": 5.0}),
    ):
        assert refused.status == 409 and "archived" in str(refused.body), refused
    assert mine.get("web").status == 200
    was = jo.domino("GET", f"/api/projects/v1/projects/{project}?as_of={position}")
    assert was.status == 200 and before["requestId"], was

    back = call(
        f"{root.stack.gateway_url}/v1/projects/{handle}", method="PUT", token=jo.token,
        body={"archived": False},
    )  # fmt: skip
    assert back.status == 200, back
    until(lambda: mine.traffic("web").status == 200, SECONDS, "the service to run again")
    assert root.ops("GET", f"jobs/{runs}").body["outcome"] == "stopped"
    assert mine.delete("web", force=True).status in (200, 202, 204)
