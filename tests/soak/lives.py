"""What is asked of a stack all the time, in every dialect: lives of things, and reads of all kinds.

Whatever a life makes it removes again, so that what is stored stays about as much."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.abuse.attempts import Attempt, attempts
from tests.fuzz.scene import Things
from tests.support.outpost import Answer, Outpost, call

Ask = Callable[[], Answer]
# Endless answers have clients of their own, an export is as long as the log, and the model that
# talks is somebody else's server.
NOT_READ = ("/stream", "/export", "/ai/chat")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    owner: Outpost
    things: Things

    def ask(self, method: str, path: str, body: Any = None) -> Answer:
        url = f"{self.owner.stack.gateway_url}{path}"
        return call(url, method=method, token=self.owner.token, body=body)

    def outpost(self) -> Iterator[Ask]:
        owner = self.owner
        for number in itertools.count():
            name = f"soak-{number}"
            yield partial(owner.create, name=name, image="registry.invalid/web:1")
            yield partial(owner.get, name)
            yield partial(owner.list, "?per_page=20")
            yield partial(owner.update, name, max_replicas=2)
            yield partial(owner.delete, name, force=True)

    def zenml(self) -> Iterator[Ask]:
        path, project = "/api/v1/services", self.things["zenml_project"]
        for number in itertools.count():
            body = {
                "project": project,
                "name": f"soak-model-{number}",
                "service_type": {"type": "model-serving", "flavor": "bentoml"},
                "config": {"n": number},
            }
            made = self.ask("POST", path, body)
            own = f"{path}/{made.body['id']}" if made.status == 200 else path
            yield partial(_as_it_was, made)
            yield partial(self.ask, "GET", own)
            yield partial(self.ask, "GET", f"{path}?project={project}&size=20")
            yield partial(self.ask, "PUT", own, {"labels": {"a": "b"}})
            yield partial(self.ask, "DELETE", own)

    def amigo(self) -> Iterator[Ask]:
        own = f"/v1/{self.owner.namespace}/service/"
        sets = f"{own}{self.things['conversation']}/version_sets/soaked/"
        for _ in itertools.count():
            yield partial(self.ask, "PUT", sets, {"version_set": {"llm_model_preferences": {}}})
            yield partial(self.ask, "GET", own)
            yield partial(self.ask, "DELETE", sets)

    def microvisualizer(self) -> Iterator[Ask]:
        project = f"/v1/projects/{self.owner.namespace}"
        for number in itertools.count():
            made = self.ask("POST", f"{project}/services", {"name": f"soak-drawn-{number}"})
            slug = made.body["slug"] if made.status in (200, 201) else "none"
            yield partial(_as_it_was, made)
            yield partial(self.ask, "GET", f"{project}/graph/mermaid")
            yield partial(self.ask, "PUT", f"{project}/services/{slug}", {"description": "drawn"})
            yield partial(self.ask, "DELETE", f"{project}/services/{slug}")

    def domino(self) -> Iterator[Ask]:
        goals = f"/api/projects/v1/projects/{self.things['work']}/goals"
        for number in itertools.count():
            made = self.ask("POST", goals, {"title": f"Soak {number}"})
            goal = made.body["goal"]["id"] if made.status == 200 else "none"
            yield partial(_as_it_was, made)
            yield partial(self.ask, "PATCH", f"{goals}/{goal}", {"isComplete": True})
            yield partial(self.ask, "GET", f"/api/jobs/beta/jobs?projectId={self.things['work']}")
            yield partial(self.ask, "DELETE", f"{goals}/{goal}")

    def reads(self) -> Iterator[Ask]:
        """Every GET of every surface, one after another."""
        known = [each for each in attempts() if each.method == "GET" and self._answers(each)]
        for attempt in itertools.cycle(known):
            yield partial(attempt.make, self.owner, self.things)

    def _answers(self, attempt: Attempt) -> bool:
        if attempt.unknown or attempt.path.endswith(NOT_READ):
            return False
        if any(kind not in self.things for _, kind in attempt.named):
            return False
        return attempt.make(self.owner, self.things).status == 200


def _as_it_was(answer: Answer) -> Answer:
    """Of what was asked already, because the rest of a life needs to know what it said."""
    return answer
