"""Tries every operation of a surface with generated requests, and whether strangers are refused.

Nothing is shrunk: a failure comes with the curl command that repeats it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from zlib import crc32

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.core.result import Err
from schemathesis.schemas import BaseSchema

from tests.fuzz.aiming import aimed, right, well_formed
from tests.fuzz.fencing import AnyCase, AnyOperation
from tests.fuzz.judging import Findings, judge, judge_strangers
from tests.fuzz.scene import Scene

# Their answers never end; tests of their own hold them. Strangers are refused like everywhere.
ENDLESS = frozenset({"GET /ops/v1/events/stream", "GET /ops/v1/services/{service}/logs/stream"})
# Beside every DELETE: a new share token is the end of the one that others look for.
ERASING = frozenset({"POST /v1/projects/{projectId}/public-share-token"})


def schema_of(scene: Scene, surface: str) -> BaseSchema:
    return schemathesis.openapi.from_url(f"{scene.stack.gateway_url}/{surface}/openapi.json")


@dataclass(slots=True, kw_only=True)
class Trial:
    scene: Scene
    surface: str
    examples: int
    seed: int
    findings: Findings = field(default_factory=Findings)

    def run(self) -> Findings:
        for operation in self._operations():
            # Before the generated requests: those may remove what the paths name.
            if operation.definition.raw.get("security") != []:
                self._strangers(operation)
            if operation.label not in ENDLESS:
                self._generated(operation)
        return self.findings

    def _operations(self) -> Iterator[AnyOperation]:
        for result in schema_of(self.scene, self.surface).get_all_operations():
            if isinstance(result, Err):
                raise result.err()
            yield result.ok()

    def _strangers(self, operation: AnyOperation) -> None:
        cases = well_formed(self.surface, operation, self.scene.kept)
        self._each(
            operation, cases, 1, lambda case: judge_strangers(case, self.scene, self.findings)
        )

    def _generated(self, operation: AnyOperation) -> None:
        is_erasing = operation.method.upper() == "DELETE" or operation.label in ERASING
        things = self.scene.doomed if is_erasing else self.scene.kept
        cases = aimed(self.surface, operation, things)
        if (case := right(self.surface, operation, things)) is not None:
            judge(case, self.scene, self.findings)
        self._each(
            operation, cases, self.examples, lambda case: judge(case, self.scene, self.findings)
        )

    def _each(
        self,
        operation: AnyOperation,
        cases: st.SearchStrategy[AnyCase],
        examples: int,
        look: Callable[[AnyCase], object],
    ) -> None:
        @seed(self.seed ^ crc32(operation.label.encode()))
        @settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(cases)
        def tried(case: AnyCase) -> None:
            look(case)

        tried()
