"""Sends a case and says what is wrong with its answer."""

import time
from collections import Counter
from dataclasses import dataclass, field

from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.fuzz.fencing import AnyCase, fence
from tests.fuzz.scene import Scene

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
REQUEST_SECONDS = 20.0
NOBODY = "Bearer cp_65f0c1a2b3c4d5e6f7a8b9ff_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


@dataclass(slots=True, kw_only=True)
class Findings:
    """By operation: what was wrong, and how often which status was answered."""

    failures: dict[str, list[str]] = field(default_factory=dict)
    statuses: dict[str, Counter[int]] = field(default_factory=dict)

    @property
    def requests(self) -> int:
        return sum(counter.total() for counter in self.statuses.values())

    @property
    def unreached(self) -> list[str]:
        """Operations that never succeeded."""
        return [
            operation
            for operation, counter in self.statuses.items()
            if not any(status < 400 for status in counter)
        ]

    def add(self, operation: str, text: str) -> None:
        self.failures.setdefault(operation, []).append(text)

    def __str__(self) -> str:
        return "\n\n".join(
            f"### {operation}\n" + "\n".join(texts) for operation, texts in self.failures.items()
        )


def judge(case: AnyCase, scene: Scene, findings: Findings) -> Response:
    """As the administrator."""
    credential = f"Bearer {scene.stack.token}"
    response = _sent(case, scene, credential)
    if response.status_code == 503:
        # As published: whoever is told when to come again comes again.
        time.sleep(float(response.headers.get("retry-after", ["1"])[0]))
        response = _sent(case, scene, credential)
    label = case.operation.label
    findings.statuses.setdefault(label, Counter())[response.status_code] += 1
    _check(case, response, findings)
    return response


def judge_strangers(case: AnyCase, scene: Scene, findings: Findings) -> None:
    """The same request of nobody, and of somebody with a key that does not exist."""
    for credential in (None, NOBODY):
        response = _sent(case, scene, credential)
        if response.status_code != 401:
            who = "no credential" if credential is None else "a wrong credential"
            text = f"{who} is answered {response.status_code}\n{case.as_curl_command()}"
            findings.add(case.operation.label, text)
        _check(case, response, findings)


def _sent(case: AnyCase, scene: Scene, credential: str | None) -> Response:
    fence(case, scene)
    headers = {} if credential is None else {"Authorization": credential}
    response: Response = case.call(
        base_url=scene.stack.gateway_url, headers=headers, timeout=REQUEST_SECONDS
    )
    return response


def _check(case: AnyCase, response: Response, findings: Findings) -> None:
    try:
        case.validate_response(response, checks=CHECKS)
    except FailureGroup as group:
        for failure in group.exceptions:
            findings.add(case.operation.label, f"{failure}\n{case.as_curl_command()}")
