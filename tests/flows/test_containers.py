"""Outpost's images and Dockerfiles on a whole stack with a container engine beside it."""

import json
from collections.abc import Iterator

import pytest

from tests.flows.test_domino_jobs import ENVIRONMENTS, ended, lines, ops, start
from tests.flows.test_domino_jobs import own as files_of
from tests.flows.test_domino_projects import person
from tests.support.apps import ECHO
from tests.support.containers import BASE_IMAGE, GROUP, TestEngine
from tests.support.git import push
from tests.support.outpost import Outpost, admin, wait_for
from tests.support.stack import Stack, running_stack, until

pytestmark = [pytest.mark.xdist_group(GROUP), pytest.mark.stack, pytest.mark.timeout(180)]
DOCKERFILE = f"""
FROM {BASE_IMAGE}
WORKDIR /app
COPY . .
RUN ["python", "-c", "print('built here')"]
CMD ["python", "app.py"]
"""


@pytest.fixture(scope="module")
def container_stack(
    tmp_path_factory: pytest.TempPathFactory, test_engine: TestEngine
) -> Iterator[Stack]:
    socket = str(test_engine.socket)
    folder = tmp_path_factory.mktemp("container-stack")
    with running_stack(folder, container_engine=socket) as stack:
        yield stack
        forget_images(stack, test_engine)


@pytest.fixture
def outpost(container_stack: Stack) -> Outpost:
    return admin(container_stack)


def own(stack: Stack, which: str = "containers") -> str:
    record = stack.data_dir / "scheduler" / which / "installation.json"
    return f"chronoplane-{json.loads(record.read_text())['id']}"


def containers_of(stack: Stack, engine: TestEngine) -> list[dict[str, object]]:
    found = engine.ask("GET", "/containers/json?all=1")
    return [one for one in found if one["Names"][0].startswith(f"/{own(stack)}")]


def forget_images(stack: Stack, engine: TestEngine) -> None:
    for image in engine.ask("GET", "/images/json"):
        for tag in image.get("RepoTags") or ():
            jobs = own(stack, "containers-of-jobs")
            if tag.startswith((f"{own(stack)}/", f"{jobs}/")) or tag == f"{own(stack)}-web:1":
                engine.ask("DELETE", f"/images/{tag}?force=1")


def log_of(outpost: Outpost, name: str) -> str:
    return json.dumps(outpost.logs(name, "?tail=500").body)


def test_an_image_is_deployed_reached_found_again_and_removed(
    outpost: Outpost, container_stack: Stack, test_engine: TestEngine
) -> None:
    push(outpost.stack.repositories, "default/boxed", {"app.py": ECHO, "Dockerfile": DOCKERFILE})
    assert outpost.create(name="boxed", repo="default/boxed").status == 201
    outpost.wait_status("boxed", "running", 90)
    first = outpost.traffic("boxed", "/hello")
    assert first.status == 200
    assert first.body["path"] == "/hello"
    said = log_of(outpost, "boxed")
    assert "built here" in said
    assert "it runs by Dockerfile" in said
    until(lambda: "listening on" in log_of(outpost, "boxed"), 10, "the app's own lines")

    # What was built becomes an image that people name, as a registry would have it.
    running = containers_of(container_stack, test_engine)
    assert len(running) == 1
    image = f"{own(container_stack)}-web"
    test_engine.ask("POST", f"/images/{running[0]['ImageID']}/tag?repo=web-{image}&tag=1")
    name = f"web-{image}:1"
    try:
        body = {"name": "named", "image": name, "env": {"GREETING": "hei"}}
        assert outpost.create(**body).status == 201
        outpost.wait_status("named", "running", 60)
        answer = outpost.traffic("named", "/x")
        assert answer.status == 200
        assert answer.body["env"]["GREETING"] == "hei"
        assert f"it runs by image {name}" in log_of(outpost, "named"), log_of(outpost, "named")

        before = {str(one["Id"]) for one in containers_of(container_stack, test_engine)}
        pid = container_stack.kill9("scheduler")
        container_stack.wait_restarted("scheduler", pid)
        container_stack.wait_ready()
        outpost.wait_status("named", "running", 30)
        after = {str(one["Id"]) for one in containers_of(container_stack, test_engine)}
        assert after == before

        for gone in ("named", "boxed"):
            assert outpost.delete(gone).status in (200, 202, 204)
        until(lambda: not containers_of(container_stack, test_engine), 60, "no container left")
        assert outpost.traffic("named").status == 503
    finally:
        test_engine.ask("DELETE", f"/images/{name}")


def test_a_push_to_a_dockerfile_is_rolled_out_and_a_broken_one_says_why(outpost: Outpost) -> None:
    files = {"app.py": ECHO, "Dockerfile": DOCKERFILE}
    push(outpost.stack.repositories, "default/rolled", files)
    assert outpost.create(name="rolled", repo="default/rolled").status == 201
    outpost.wait_status("rolled", "running", 90)
    files["app.py"] = ECHO.replace('VERSION = "1"', 'VERSION = "2"')
    push(outpost.stack.repositories, "default/rolled", files)

    def is_second() -> bool | None:
        return outpost.traffic("rolled").body.get("version") == "2" or None

    wait_for(is_second, 60, lambda: "the second version")
    broken = {"Dockerfile": f"FROM {BASE_IMAGE}\nRUN no-such-program\n"}
    push(outpost.stack.repositories, "default/rolled", broken)

    def has_failed() -> str | None:
        found = json.dumps(outpost.get("rolled").body)
        return found if "building the Dockerfile failed" in found else None

    found = wait_for(has_failed, 60, lambda: f"a failed build: {outpost.get('rolled').body}")
    assert "no-such-program" in found
    assert outpost.traffic("rolled").body["version"] == "2"
    outpost.delete("rolled", force=True)


def test_an_image_that_no_registry_has_fails_and_says_so(outpost: Outpost) -> None:
    assert outpost.create(name="nowhere", image="localhost:9/nobody/there:1").status == 201
    failed = outpost.wait_status("nowhere", "failed", 30)
    assert "cannot be reached" in json.dumps(failed), failed
    outpost.delete("nowhere", force=True)


def test_who_names_a_line_to_run_gets_a_process(outpost: Outpost) -> None:
    files = {"app.py": ECHO, "Dockerfile": DOCKERFILE, "Procfile": "web: python app.py\n"}
    push(outpost.stack.repositories, "default/lined", files)
    assert outpost.create(name="lined", repo="default/lined").status == 201
    outpost.wait_status("lined", "running", 60)
    assert "it runs by Procfile" in log_of(outpost, "lined")
    outpost.delete("lined", force=True)


def test_an_environment_is_an_image_and_its_jobs_run_in_it(
    outpost: Outpost, container_stack: Stack
) -> None:
    ivo = person(outpost, "ivo")
    tool = "open('/tool.py', 'w').write('print(6 * 7)')"
    body = {
        "name": "Boxed",
        "visibility": "private",
        "image": BASE_IMAGE,
        "addBaseDependencies": False,
        "dockerfileInstructions": f'RUN ["python", "-c", "{tool}"]\nENV SHAPE=round',
        "environmentVariables": [{"key": "COLOR", "value": "green"}],
        "preRunScript": "echo before",
    }
    made = ivo.made("POST", ENVIRONMENTS, body)["environment"]
    project = ivo.project("boxed")
    write = "open('answer.txt', 'w').write('42')"
    script = f'python /tool.py; echo $COLOR $SHAPE; python -c "{write}"'
    done = ended(ivo, start(ivo, project, script, environmentId=made["id"]))
    assert done["status"]["executionStatus"] == "Succeeded", lines(ivo, done["id"])
    told = [text for kind, text in lines(ivo, done["id"]) if kind == "stdOut"]
    assert told == ["before", "42", "green round"]
    with files_of(container_stack, project) as repository:
        assert repository.head().decode() == done["commitDetails"]["outputCommitId"]
    path = f"/api/environments/v1/environments/{made['id']}"
    revision = ivo.made("GET", path)["environment"]["latestRevision"]
    assert revision["status"] == "succeeded"

    # A scheduler that ends does not end it, and the next one finds it.
    long = start(
        ivo,
        project,
        "echo up; python -c 'import time; time.sleep(600)'",
        environmentId=made["id"],
    )
    until(lambda: ("stdOut", "up") in lines(ivo, long), 60, "the job to run")
    pid = container_stack.kill9("scheduler")
    container_stack.wait_restarted("scheduler", pid)
    container_stack.wait_ready()
    assert ops(ivo, long, "stop").status == 200
    assert ended(ivo, long)["status"]["executionStatus"] == "Stopped"

    wrong = {**body, "name": "Wrong", "dockerfileInstructions": "RUN no-such-program"}
    broken = ivo.made("POST", ENVIRONMENTS, wrong)["environment"]
    failed = ended(ivo, start(ivo, project, "true", environmentId=broken["id"]))
    assert failed["status"]["executionStatus"] == "Error"
    problem = ivo.made("GET", f"/api/jobs/beta/jobs/{failed['id']}/logs")["logs"]["problem"]
    assert "no-such-program" in problem
