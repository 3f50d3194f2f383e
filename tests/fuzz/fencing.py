"""What no case may do, whatever was generated: take from others, reach a host, wait in vain."""

import re
from collections.abc import MutableMapping
from typing import Any

from schemathesis import Case
from schemathesis.schemas import APIOperation

from tests.fuzz.scene import Scene

# Any: what a case carries is what its document describes.
AnyCase = Case[Any]
AnyOperation = APIOperation[Any, Any, Any, Any]

ABSENT_ID = "65f0c1a2b3c4d5e6f7a8b9ff"
_RUN = {
    "runCommand": "true",
    "dockerfileInstructions": "",
    "preSetupScript": "",
    "postSetupScript": "",
    "preRunScript": "",
    "postRunScript": "",
}
_HOST = re.compile(r"(https?://)[^/?#]*")


def fence(case: AnyCase, scene: Scene) -> None:
    """In place."""
    _spare(case, scene)
    _come_within_reach(case, int(scene.kept["position"]))
    _forget_hosts(case.body)
    _run_nothing(case.body)
    # The document's security makes one up now and then.
    for name in ("Authorization", "X-Domino-Api-Key"):
        case.headers.pop(name, None)


def _run_nothing(body: Any) -> None:
    """What a job or a build would run, on a machine that may have no walls."""
    for name, harmless in _RUN.items():
        if isinstance(body, MutableMapping) and isinstance(body.get(name), str):
            body[name] = harmless


def items_of(holder: Any) -> list[tuple[Any, Any]]:
    if isinstance(holder, list):
        return list(enumerate(holder))
    return list(holder.items()) if isinstance(holder, MutableMapping) else []


def _spare(case: AnyCase, scene: Scene) -> None:
    method = case.method.upper()
    if method == "GET":
        return
    spared = scene.spared | set(scene.kept.values()) if method == "DELETE" else scene.spared
    for name, value in case.path_parameters.items():
        if value in spared:
            case.path_parameters[name] = ABSENT_ID


def _come_within_reach(case: AnyCase, position: int) -> None:
    """A view is waited for and then, as published, a 503 tells that it is not there yet: of a
    position nobody has written that is the only answer, and a slow one."""
    given = str(case.headers.get("If-Position", ""))
    if given.isdigit() and int(given) > position:
        case.headers["If-Position"] = str(position)


def _forget_hosts(holder: Any) -> None:
    """What a body names is fetched, probed or told: here nobody is there."""
    for name, value in items_of(holder):
        if isinstance(value, str):
            holder[name] = _HOST.sub(r"\1fuzz.invalid", value)
        else:
            _forget_hosts(value)
