"""Chains of requests: what one answers names the things of the next, by the document's links.

The links are inferred from the document; the ids of the scene are spared, too, so that a chain
cannot take from the others what they look for."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from schemathesis.core.transport import Response
from schemathesis.schemas import BaseSchema

from tests.fuzz.aiming import point_at_things
from tests.fuzz.fencing import AnyCase
from tests.fuzz.judging import Findings, judge
from tests.fuzz.scene import Scene
from tests.fuzz.trying import ENDLESS, schema_of

STEPS = 12
_ONE = settings(
    max_examples=1,
    stateful_step_count=STEPS,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@dataclass(slots=True, kw_only=True)
class Chains:
    scene: Scene
    surface: str
    count: int
    seed: int
    findings: Findings = field(default_factory=Findings)

    def run(self) -> Findings:
        schema = _without_endless(schema_of(self.scene, self.surface))
        machine = schema.as_state_machine()
        trial = self

        class Chain(machine):  # type: ignore[valid-type, misc]  # made out of the document
            def call(self, case: AnyCase, **_: Any) -> Response:
                return trial.sent(case)

            def validate_response(self, response: Response, case: AnyCase, **_: Any) -> None:
                """Judged where it was sent."""

        # One by one: what a chain meets depends on those before it, and hypothesis would take two
        # chains of one run that begin alike and end differently for a fault of the strategy.
        for number in range(self.count):
            seed(self.seed + number)(Chain)
            Chain.run(settings=_ONE)
        return self.findings

    def sent(self, case: AnyCase) -> Response:
        point_at_things(case, self.surface, self.scene.kept)
        return judge(case, self.scene, self.findings)


def _without_endless(schema: BaseSchema) -> BaseSchema:
    for label in ENDLESS:
        method, _, path = label.partition(" ")
        schema = schema.exclude(method=method, path=path)
    return schema
