"""One service, many spellings: born in each dialect, read, changed, completed and removed in the
others, and remembered whole."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from shared.kernel.ids import to_uuid
from tests.support.outpost import Answer, Outpost, admin, call
from tests.support.stack import Stack

HOME = "spell"
AGENT, MACHINE = "a1" * 12, "b2" * 12
WORKLOAD = {"image": "acme/server:1", "env": {"TONE": "calm"}}
CONVERSATION = {"agent_id": AGENT, "state_machine_id": MACHINE, "is_active": True}
DIALECTS = ("outpost", "amigo", "zenml", "microvisualizer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Says the same things in every dialect. Ids are ours: 24 hex digits."""

    root: Outpost
    zenml_project: str

    def http(self, method: str, path: str, body: Any = None, query: str = "") -> Answer:
        url = f"{self.root.stack.gateway_url}{path}{query}"
        return call(url, method=method, token=self.root.token, body=body)

    def id_of(self, name: str) -> str:
        page = self.http("GET", "/ops/v1/services", query=f"?project={HOME}&per_page=100").body
        (found,) = [item["id"] for item in page["data"] if item["name"] == name]
        return str(found)

    def slug_of(self, id_: str) -> str:
        return str(self.http("GET", f"/ops/v1/services/{id_}").body["slug"])

    # -- births

    def born(self, dialect: str, name: str) -> str:
        made = {
            "outpost": lambda: self.http(
                "POST",
                f"/auth/v1/seed/{HOME}/services",
                {"name": name, "gpu": "none", "image": "acme/server:1"},
            ),
            "amigo": lambda: self.http(
                "POST",
                f"/v1/{HOME}/service/",
                {
                    "service_hierarchical_state_machine_id": MACHINE,
                    "agent_id": AGENT,
                    "name": name,
                    "description": "Talks",
                    "is_active": True,
                },
            ),
            "zenml": lambda: self.http("POST", "/api/v1/services", self._zenml(name)),
            "microvisualizer": lambda: self.http(
                "POST", f"/v1/projects/{HOME}/services", {"name": name, "owner": "ann"}
            ),
        }[dialect]()
        assert made.status in (200, 201), made
        return self.id_of(name)

    def _zenml(self, name: str) -> dict[str, Any]:
        return {
            "project": self.zenml_project,
            "name": name,
            "service_type": {
                "type": "model-serving",
                "flavor": "bentoml",
                "name": "n",
                "description": "",
            },
            "config": {"name": name},
        }

    # -- reads: what the dialect calls it, or None where it does not show it

    def shown(self, dialect: str, id_: str, query: str = "") -> str | None:
        read: dict[str, Callable[[], Any]] = {
            "outpost": lambda: self._outpost(id_, query),
            "amigo": lambda: self._amigo(id_, query),
            "zenml": lambda: self._found(self._zenml_of(id_, query)),
            "microvisualizer": lambda: self._drawn(id_, query),
        }
        name = read[dialect]()
        return None if name is None else str(name)

    def _outpost(self, id_: str, query: str) -> str | None:
        page = self.http("GET", f"/{HOME}/services", query=f"?per_page=100{_more(query)}").body
        names = [item["name"] for item in page["data"] if item["id"] == f"svc_{id_[-12:]}"]
        return names[0] if names else None

    def _amigo(self, id_: str, query: str) -> str | None:
        page = self.http("GET", f"/v1/{HOME}/service/", query=f"?id={id_}{_more(query)}").body
        names = [item["name"] for item in page["services"]]
        return names[0] if names else None

    def _zenml_of(self, id_: str, query: str = "") -> Answer:
        return self.http("GET", f"/api/v1/services/{to_uuid(id_)}", query=query)

    def _found(self, answer: Answer) -> str | None:
        return str(answer.body["name"]) if answer.status == 200 else None

    def _drawn(self, id_: str, query: str) -> str | None:
        ops = self.http("GET", f"/ops/v1/services/{id_}", query=query)
        if ops.status != 200:
            return None
        slug = ops.body["slug"]
        path = f"/v1/projects/{HOME}/services/{slug}"
        return self._found(self.http("GET", path, query=query))

    # -- changes and ends

    def change(self, dialect: str, id_: str) -> Answer:
        slug = self.slug_of(id_)
        return {
            "outpost": lambda: self.http(
                "PUT", f"/auth/v1/seed/{HOME}/services/{slug}", {"max_replicas": 3}
            ),
            "amigo": lambda: self.http("POST", f"/v1/{HOME}/service/{id_}/", {"tags": {"a": "b"}}),
            "zenml": lambda: self.http(
                "PUT", f"/api/v1/services/{to_uuid(id_)}", {"labels": {"team": "nlp"}}
            ),
            "microvisualizer": lambda: self.http(
                "PUT", f"/v1/projects/{HOME}/services/{slug}", {"category": "chat"}
            ),
        }[dialect]()

    def remove(self, dialect: str, id_: str) -> Answer:
        slug = self.slug_of(id_)
        return {
            "outpost": lambda: self.http("DELETE", f"/auth/v1/seed/{HOME}/services/{slug}"),
            "zenml": lambda: self.http("DELETE", f"/api/v1/services/{to_uuid(id_)}"),
            "microvisualizer": lambda: self.http("DELETE", f"/v1/projects/{HOME}/services/{slug}"),
        }[dialect]()

    def attach(self, id_: str, facet: str, body: Any) -> Answer:
        return self.http("PUT", f"/ops/v1/services/{id_}/facets/{facet}", body)

    def history(self, id_: str) -> list[dict[str, Any]]:
        page = self.http("GET", f"/ops/v1/services/{id_}/history", query="?limit=500").body
        events: list[dict[str, Any]] = page["data"]
        return events


def _more(query: str) -> str:
    return query.replace("?", "&", 1)


@pytest.fixture(scope="module")
def speaker(stack: Stack) -> Speaker:
    root = admin(stack, HOME)
    made = root.ops("POST", "organizations", {"handle": HOME, "name": "Spell"})
    assert made.status == 201, made
    project = call(f"{stack.gateway_url}/api/v1/projects/{HOME}", token=root.token)
    assert project.status == 200, project
    return Speaker(root=root, zenml_project=project.body["id"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    born: str
    first_seen: frozenset[str]  # by which dialects, as it was born
    removed: str


LIVES = (
    Life(
        born="outpost",
        first_seen=frozenset({"outpost", "zenml", "microvisualizer"}),
        removed="zenml",
    ),
    Life(
        born="amigo",
        first_seen=frozenset({"amigo", "zenml", "microvisualizer"}),
        removed="microvisualizer",
    ),
    Life(born="zenml", first_seen=frozenset({"zenml", "microvisualizer"}), removed="outpost"),
    Life(
        born="microvisualizer",
        first_seen=frozenset({"zenml", "microvisualizer"}),
        removed="microvisualizer",
    ),
)


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.born)
def test_a_service_of_one_dialect_is_one_of_all(speaker: Speaker, life: Life) -> None:
    name = f"{life.born}-one"
    id_ = speaker.born(life.born, name)

    # Seen by every dialect that can express it.
    seen = {dialect for dialect in DIALECTS if speaker.shown(dialect, id_) is not None}
    assert seen == life.first_seen
    assert all(speaker.shown(dialect, id_) == name for dialect in seen)

    # Changed in each of them; each change attaches what its dialect knows of a service.
    for dialect in sorted(seen):
        changed = speaker.change(dialect, id_)
        assert changed.status == 200, (dialect, changed)

    # Completed: now it is all there is.
    if "outpost" not in seen:
        assert speaker.attach(id_, "workload", WORKLOAD).status == 200
    if "amigo" not in seen:
        assert speaker.attach(id_, "conversation", CONVERSATION).status == 200
    facets = speaker.http("GET", f"/ops/v1/services/{id_}/facets").body["facets"]
    assert facets == ["workload", "registration", "conversation", "participation"]
    for dialect in DIALECTS:
        assert speaker.shown(dialect, id_) is not None, dialect
        assert speaker.change(dialect, id_).status == 200, dialect
    # The name of its address is the one that Outpost finds it by.
    slug = speaker.slug_of(id_)
    assert speaker.http("GET", f"/{HOME}/service/{slug}").status == 200
    full = speaker.history(id_)[-1]["position"]

    # Removed once, gone everywhere, and readable as it was.
    assert speaker.remove(life.removed, id_).status in (200, 204)
    assert [d for d in DIALECTS if speaker.shown(d, id_) is not None] == []
    then = f"?as_of={full}"
    assert [d for d in DIALECTS if speaker.shown(d, id_, then) is None] == []

    events = speaker.history(id_)
    surfaces = {event["surface"] for event in events}
    assert {life.born, *seen, "ops", life.removed} <= surfaces
    assert events[0]["type"] == "service.registered"
    assert [e["type"] for e in events if e["type"].endswith("removed")] == ["service.removed"]


def test_names_of_one_dialect_do_not_block_those_of_another(speaker: Speaker) -> None:
    ids = [speaker.http("POST", f"/v1/{HOME}/service/", _amigo(f"Same {n}")) for n in range(2)]
    assert [answer.status for answer in ids] == [201, 201]
    # Free where names are addresses, although services of that name are there.
    drawn = speaker.http("POST", f"/v1/projects/{HOME}/services", {"name": "Same 0"})
    assert drawn.status in (200, 201), drawn
    assert drawn.body["slug"] == "same-0"
    # And taken from then on, for whoever wants the address.
    taken = speaker.http(
        "POST",
        f"/auth/v1/seed/{HOME}/services",
        {"name": "same_0", "gpu": "none", "image": "acme/server:1"},
    )
    assert taken.status == 409


def test_an_active_name_is_kept_whoever_renames(speaker: Speaker) -> None:
    first = speaker.http("POST", f"/v1/{HOME}/service/", _amigo("Kept")).body["id"]
    second = speaker.http("POST", f"/v1/{HOME}/service/", _amigo("Other")).body["id"]
    renamed = speaker.http("PUT", f"/api/v1/services/{to_uuid(second)}", {"name": "Kept"})
    assert renamed.status == 409, renamed
    slug = speaker.slug_of(second)
    path = f"/v1/projects/{HOME}/services/{slug}"
    assert speaker.http("PUT", path, {"name": "Kept"}).status == 409
    assert speaker.shown("amigo", second) == "Other"
    # Once the holder is inactive, the name is free again.
    off = {"is_active": False}
    assert speaker.http("POST", f"/v1/{HOME}/service/{first}/", off).status == 200
    assert speaker.http("PUT", path, {"name": "Kept"}).status == 200
    assert speaker.shown("amigo", second) == "Kept"
    assert speaker.slug_of(second) == "kept"


def test_of_many_activations_of_a_name_one_wins(speaker: Speaker) -> None:
    body = _amigo("Contested")
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: speaker.http("POST", f"/v1/{HOME}/service/", body).status, range(16))
        )
    assert sorted(answers) == [201] + [409] * 15


def test_a_version_set_in_a_test_stays_and_goes_with_it(speaker: Speaker) -> None:
    id_ = speaker.http("POST", f"/v1/{HOME}/service/", _amigo("Tested")).body["id"]
    beta = f"/v1/{HOME}/service/{id_}/version_sets/beta/"
    version_set: dict[str, Any] = {"version_set": {"llm_model_preferences": {}}}
    assert speaker.http("PUT", beta, version_set).status == 204
    tests = f"/v1/{HOME}/simulation/unit_test/"
    body = {
        "name": "greets",
        "description": "says hello",
        "service_id": id_,
        "service_version_set_name": "beta",
        "persona_id": AGENT,
        "scenario_id": MACHINE,
        "max_interactions": 5,
        "success_criterions": [
            {
                "name": "ok",
                "metric_id": AGENT,
                "criterion": {"type": "boolean", "expected_value": True},
            }
        ],
        "tags": {},
    }
    made = speaker.http("POST", tests, body)
    assert made.status == 201, made
    assert speaker.http("POST", tests, body).status == 409
    missing = {**body, "name": "other", "service_version_set_name": "gamma"}
    assert speaker.http("POST", tests, missing).status == 404
    found = speaker.http("GET", f"{tests}search/", query="?query=GREET").body
    (test,) = found["simulation_unit_tests"]
    assert test["_id"] == made.body["simulation_unit_test_id"]
    assert speaker.http("DELETE", beta).status == 400
    off = {"is_active": False}
    assert speaker.http("POST", f"/v1/{HOME}/service/{id_}/", off).status == 400
    assert speaker.http("DELETE", f"{tests}{test['_id']}/").status == 204
    assert speaker.http("DELETE", beta).status == 204
    assert speaker.http("POST", f"/v1/{HOME}/service/{id_}/", off).status == 200


def test_declared_agents_are_checked(speaker: Speaker) -> None:
    made = speaker.http("POST", "/ops/v1/agents", {"project": HOME, "name": "Coach"})
    assert made.status == 201, made
    agent = made.body["id"]
    body = {**_amigo("Versioned"), "agent_id": agent}
    assert speaker.http("POST", f"/v1/{HOME}/service/", body).status == 400
    versions = f"/ops/v1/agents/{agent}/versions"
    added = speaker.http("POST", versions, {"content": {"tone": "calm"}})
    assert (added.status, added.body["latest_version"]) == (201, 1)
    born = speaker.http("POST", f"/v1/{HOME}/service/", body)
    assert born.status == 201, born
    path = f"/v1/{HOME}/service/{born.body['id']}/version_sets/beta/"

    def pinned(number: int) -> Answer:
        version_set = {"agent_version_number": number, "llm_model_preferences": {}}
        return speaker.http("PUT", path, {"version_set": version_set})

    assert pinned(2).status == 400
    assert pinned(1).status == 204
    listed = speaker.http("GET", "/ops/v1/agents", query=f"?project={HOME}").body
    assert [item["id"] for item in listed["data"]] == [agent]
    assert speaker.http("GET", f"/ops/v1/state-machines/{agent}").status == 404


def test_a_grant_on_one_service_shows_and_opens_that_one(speaker: Speaker) -> None:
    one = speaker.http("POST", f"/v1/{HOME}/service/", _amigo("Granted")).body["id"]
    other = speaker.http("POST", f"/v1/{HOME}/service/", _amigo("Hidden")).body["id"]
    root = speaker.root
    user = root.ops("POST", "users", {"handle": f"eve-{time.time_ns()}", "name": "Eve"}).body
    key = root.ops("POST", "api-keys", {"name": "k", "principal": user["id"]}).body
    eve = Speaker(
        root=Outpost(stack=root.stack, token=key["token"], namespace=HOME),
        zenml_project=speaker.zenml_project,
    )
    assert eve.http("GET", f"/v1/{HOME}/service/").status == 403
    for action in ("service.read", "service.put_version_set"):
        grant = {"principal": user["id"], "action": action, "resource": f"service:{one}"}
        assert root.ops("POST", "grants", grant).status == 201
    shown = eve.http("GET", f"/v1/{HOME}/service/").body
    assert [item["id"] for item in shown["services"]] == [one]
    beta = "version_sets/beta/"
    version_set: dict[str, Any] = {"version_set": {"llm_model_preferences": {}}}
    assert eve.http("PUT", f"/v1/{HOME}/service/{one}/{beta}", version_set).status == 204
    assert eve.http("DELETE", f"/v1/{HOME}/service/{one}/{beta}").status == 403
    assert eve.http("PUT", f"/v1/{HOME}/service/{other}/{beta}", version_set).status == 403
    assert eve.http("POST", f"/v1/{HOME}/service/", _amigo("Hers")).status == 403


def _amigo(name: str) -> dict[str, Any]:
    return {
        "service_hierarchical_state_machine_id": MACHINE,
        "agent_id": AGENT,
        "name": name,
        "description": "Talks",
        "is_active": True,
    }
