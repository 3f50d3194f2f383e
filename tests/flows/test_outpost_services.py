"""The main job, whole: from a repository to a service that is routed, probed and remembered."""

import time

import pytest

from tests.support.apps import echo
from tests.support.git import push
from tests.support.outpost import Outpost, admin, wait_for
from tests.support.stack import Stack


@pytest.fixture(scope="module")
def outpost(stack: Stack) -> Outpost:
    return admin(stack)


@pytest.fixture(scope="module")
def web(outpost: Outpost) -> str:
    """A running service that tests of this module share and leave running."""
    push(outpost.stack.repositories, "default/web", echo("1"))
    answer = outpost.create(
        name="web", repo="default/web", branch="main", env={"GREETING": "hello"}
    )
    assert answer.status == 201, answer
    assert answer.body["status"] == "deploying"
    outpost.wait_status("web", "running")
    return "web"


def test_a_service_from_a_repository_serves_on_its_host(outpost: Outpost, web: str) -> None:
    answer = outpost.traffic(web, "/hi")
    assert answer.status == 200
    assert answer.body["path"] == "/hi"
    assert answer.body["env"]["GREETING"] == "hello"


def test_a_replica_gets_its_env_and_port_and_nothing_of_ours(outpost: Outpost, web: str) -> None:
    env = outpost.traffic(web).body["env"]
    assert "PORT" in env
    assert not [name for name in env if name.startswith("CHRONOPLANE")]
    assert outpost.token not in str(env)


def test_the_service_shows_its_deployment_and_replicas(outpost: Outpost, web: str) -> None:
    body = outpost.get(web).body
    assert body["id"].startswith("svc_")
    assert (body["current_replicas"], body["ready_replicas"]) == (1, 1)
    assert len(body["deployment"]["commit_sha"]) == 40
    assert body["endpoint"].startswith("http://web.default.localhost")


def test_the_list_holds_it_with_pagination(outpost: Outpost, web: str) -> None:
    body = outpost.list("?status=running&per_page=100").body
    assert web in [item["name"] for item in body["data"]]
    assert body["pagination"]["page"] == 1
    assert body["pagination"]["total"] == len(body["data"])


def test_its_output_is_in_the_logs(outpost: Outpost, web: str) -> None:
    outpost.traffic(web, "/seen-in-the-log")

    def look() -> bool | None:
        lines = outpost.logs(web, "?tail=1000").body["data"]
        return any("/seen-in-the-log" in line["message"] for line in lines) or None

    wait_for(look, 10, lambda: f"the line in {outpost.logs(web).body}")


def test_analytics_count_what_was_requested(outpost: Outpost, web: str) -> None:
    time.sleep(3)  # What tests before this one requested is counted by the second.
    before = outpost.analytics(web).body["requests"]["total"]
    for _ in range(7):
        outpost.traffic(web, "/counted")
    outpost.traffic(web, "/status?code=500")

    def look() -> dict[str, object] | None:
        body = outpost.analytics(web).body
        return body if body["requests"]["total"] >= before + 8 else None

    body = wait_for(look, 10, lambda: f"eight more than {before}: {outpost.analytics(web).body}")
    assert body["requests"]["total"] == before + 8  # type: ignore[index]  # JSON
    assert body["latency_ms"]["p50"] > 0  # type: ignore[index]  # JSON


def test_a_killed_replica_is_replaced(outpost: Outpost, web: str) -> None:
    before = outpost.traffic(web).body["pid"], _replica_ids(outpost, web)
    outpost.traffic(web, "/die")

    def look() -> bool | None:
        if _replica_ids(outpost, web) == before[1]:
            return None
        return outpost.traffic(web).status == 200 or None

    wait_for(look, 30, lambda: f"another replica: {outpost.get(web).body}")
    outpost.wait_status(web, "running")


def test_new_variables_roll_out_while_the_old_replicas_serve(outpost: Outpost, web: str) -> None:
    answer = outpost.update(web, env={"GREETING": "bonjour"})
    assert answer.status == 200, answer
    assert answer.body["status"] == "deploying"
    assert outpost.update(web, env={"GREETING": "ciao"}).status == 409
    seen: set[str] = set()
    deadline = time.monotonic() + 45
    while time.monotonic() < deadline and "bonjour" not in seen:
        reply = outpost.traffic(web)
        assert reply.status == 200, reply
        seen.add(reply.body["env"]["GREETING"])
    assert "bonjour" in seen
    outpost.wait_status(web, "running")


def test_a_push_to_the_branch_deploys_it(outpost: Outpost, web: str) -> None:
    commit = push(outpost.stack.repositories, "default/web", echo("2"))

    def look() -> bool | None:
        return outpost.get(web).body["deployment"]["commit_sha"] == commit or None

    wait_for(look, 30, lambda: f"commit {commit}: {outpost.get(web).body}")
    outpost.wait_status(web, "running")
    assert outpost.traffic(web).body["version"] == "2"


def test_more_replicas_are_started_and_fewer_kept(outpost: Outpost, web: str) -> None:
    assert outpost.update(web, min_replicas=2, max_replicas=3).status == 200
    wait_for(
        lambda: outpost.get(web).body["ready_replicas"] == 2 or None,
        30,
        lambda: f"two replicas: {outpost.get(web).body}",
    )
    pids = {outpost.traffic(web).body["pid"] for _ in range(12)}
    assert pids
    assert outpost.update(web, min_replicas=1).status == 200
    wait_for(
        lambda: outpost.get(web).body["current_replicas"] == 1 or None,
        75,  # Nothing is scaled down before a whole window of 60 s was heard.
        lambda: f"one replica: {outpost.get(web).body}",
    )


def test_a_custom_domain_reaches_the_service_until_it_is_removed(
    outpost: Outpost, web: str
) -> None:
    assert outpost.update(web, custom_domain="Web.Flows.Example").status == 200

    def reaches(status: int) -> bool | None:
        return outpost.traffic(web, host="web.flows.example").status == status or None

    wait_for(lambda: reaches(200), 15, lambda: "the domain to be routed")
    assert outpost.update(web, custom_domain=None).status == 200
    wait_for(lambda: reaches(404), 15, lambda: "the domain to be gone")


def test_redeploy_makes_a_new_deployment(outpost: Outpost, web: str) -> None:
    before = outpost.get(web).body["deployment"]["id"]
    answer = outpost.redeploy(web)
    assert answer.status == 200, answer
    assert answer.body["deployment"]["id"] != before
    outpost.wait_status(web, "running")


def test_the_past_is_read_as_of_a_moment(outpost: Outpost, web: str) -> None:
    now = outpost.get(web)
    position = now.headers["log-position"]
    assert outpost.update(web, max_replicas=9).status == 200
    assert outpost.get(web).body["max_replicas"] == 9
    past = outpost.get(web, f"?as_of={position}")
    assert past.status == 200, past
    assert past.body["max_replicas"] == now.body["max_replicas"]


def test_a_deleted_service_answers_503_at_once_and_its_history_stays(outpost: Outpost) -> None:
    push(outpost.stack.repositories, "default/gone", echo())
    assert outpost.create(name="gone", repo="default/gone").status == 201
    body = outpost.wait_status("gone", "running")
    assert outpost.traffic("gone").status == 200
    position = outpost.get("gone").headers["log-position"]
    assert outpost.delete("gone").status == 204
    assert outpost.traffic("gone").status == 503
    assert outpost.get("gone").status == 404
    assert outpost.delete("gone").status == 404
    assert outpost.get("gone", f"?as_of={position}").body["id"] == body["id"]


def test_a_name_is_free_again_after_deletion(outpost: Outpost) -> None:
    push(outpost.stack.repositories, "default/again", echo())
    first = outpost.create(name="again", repo="default/again")
    assert first.status == 201
    assert outpost.delete("again", force=True).status == 204
    second = outpost.create(name="again", repo="default/again")
    assert second.status == 201
    assert second.body["id"] != first.body["id"]
    outpost.wait_status("again", "running")
    assert outpost.traffic("again").status == 200
    outpost.delete("again", force=True)


@pytest.mark.parametrize(
    ("repo", "branch", "files", "reason"),
    [
        ("default/nowhere", None, None, "repository"),
        ("default/web", "no-such-branch", None, "branch"),
        ("default/empty", None, {"README": "nothing that runs"}, "run"),
        ("default/crash", None, {"Procfile": "web: echo oh no; exit 3\n"}, "3"),
    ],
)
def test_what_cannot_run_becomes_failed_and_says_why(
    outpost: Outpost,
    web: str,
    repo: str,
    branch: str | None,
    files: dict[str, str] | None,
    reason: str,
) -> None:
    name = f"bad-{reason}"
    if files:
        push(outpost.stack.repositories, repo, files)
    body = {"name": name, "repo": repo} | ({"branch": branch} if branch else {})
    assert outpost.create(**body).status == 201
    failed = outpost.wait_status(name, "failed")
    assert reason in str(failed["deployment"]), failed
    outpost.delete(name, force=True)


def test_an_image_fails_at_once_where_nothing_can_run_it(outpost: Outpost) -> None:
    answer = outpost.create(name="from-image", image="nginx:1.27")
    assert answer.status == 201
    failed = outpost.wait_status("from-image", "failed", 10)
    assert "no_container_runtime" in str(failed), failed
    outpost.delete("from-image", force=True)


def test_a_service_with_a_minimum_of_zero_is_taken(outpost: Outpost) -> None:
    push(outpost.stack.repositories, "default/zero", echo())
    answer = outpost.create(name="zero", repo="default/zero", min_replicas=0, max_replicas=2)
    assert answer.status == 201
    assert answer.body["min_replicas"] == 0
    outpost.delete("zero", force=True)


def test_replicas_outlive_a_killed_scheduler_and_are_adopted(outpost: Outpost, web: str) -> None:
    outpost.wait_status(web, "running")
    before = outpost.traffic(web).body["pid"]
    old = outpost.stack.kill9("scheduler")
    assert outpost.traffic(web).status == 200
    outpost.stack.wait_restarted("scheduler", old)
    outpost.stack.wait_ready()
    assert outpost.traffic(web).body["pid"] == before
    assert outpost.get(web).body["current_replicas"] == 1


def test_the_history_tells_every_state(outpost: Outpost, web: str) -> None:
    items = outpost.ops("GET", "services?project=default").body
    service_id = next(i["id"] for i in items["data"] if i["name"] == web)
    types: list[str] = []
    after = 0
    while True:
        page = outpost.ops("GET", f"services/{service_id}/history?after={after}&limit=100").body
        types += [event["type"] for event in page["data"]]
        if page["next_after"] is None:
            break
        after = page["next_after"]
    assert types[0] == "service.registered"
    assert {"service.rollout_succeeded", "replica.started", "replica.became_ready"} <= set(types)
    assert "service.workload_revised" in types


def _replica_ids(outpost: Outpost, name: str) -> set[str]:
    items = outpost.ops("GET", "services?project=default").body
    service_id = next(i["id"] for i in items["data"] if i["name"] == name)
    replicas = outpost.ops("GET", f"services/{service_id}/replicas").body
    return {replica["id"] for replica in replicas["data"]}
