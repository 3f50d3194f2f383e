"""A rollout, followed to its end: what it does meanwhile, and what was wrong where it fails."""

import time
from typing import Any, Final

from services.cli.output import Output
from services.cli.refused import Refused
from services.cli.server import Server
from services.cli.verb import Exit
from shared.kernel.visible import visible

LOOK_SECONDS: Final = 0.5
TAIL_LINES: Final = 20


def followed_to_its_end(
    server: Server, service_id: str, output: Output, *, seconds: float
) -> tuple[dict[str, Any], Exit]:
    """The service as it is then. Nothing is in progress: it is at its end."""
    try:
        return _followed(server, service_id, output, seconds=seconds)
    except KeyboardInterrupt:
        output.note(f"the rollout goes on: chronoplane services get {service_id} shows it", "warn")
        raise


def _followed(
    server: Server, service_id: str, output: Output, *, seconds: float
) -> tuple[dict[str, Any], Exit]:
    until = time.monotonic() + seconds
    said = ""
    while True:
        service = _service(server, service_id, until)
        if service is not None:
            deployment = service["deployment"]
            if deployment is None or deployment["status"] != "in_progress":
                return service, _judged(service, output)
            told = _progress(service, deployment)
            if told != said:
                output.note(told)
                said = told
        if time.monotonic() > until:
            return _not_yet(service, service_id, output, seconds)
        time.sleep(LOOK_SECONDS)


def _service(server: Server, service_id: str, until: float) -> dict[str, Any] | None:
    """None while the gateway is away; the rollout goes on without it."""
    try:
        found: dict[str, Any] = server.get(f"/ops/v1/services/{service_id}").document
        return found
    except Refused as refused:
        if not refused.may_pass or time.monotonic() > until:
            raise
        return None


def _progress(service: dict[str, Any], deployment: dict[str, Any]) -> str:
    commit = f" of {deployment['commit'][:12]}" if deployment["commit"] else ""
    ready = f"{service['replicas_ready']} of {service['replicas_wanted']} ready"
    why = f", {service['status_message']}" if service["status_message"] else ""
    return f"{service['name']}: deployment {deployment['number']}{commit}, {ready}{why}"


def _judged(service: dict[str, Any], output: Output) -> Exit:
    deployment = service["deployment"]
    if deployment is None or deployment["status"] == "succeeded":
        return Exit.DONE
    seen = "; ".join(
        part
        for part in (deployment["reason"], deployment["exit_cause"], deployment["last_probe"])
        if part
    )
    output.error(
        f"{service['name']} was not deployed: {deployment['message'] or deployment['reason']}",
        why=seen,
        next_step=f"chronoplane logs {service['project_handle']}/{service['slug']} --tail 100;"
        " what served before goes on serving",
    )
    for line in deployment["log_tail"][-TAIL_LINES:]:
        output.note(f"  | {visible(line)}", "off")
    return Exit.FAILED


def _not_yet(
    service: dict[str, Any] | None, service_id: str, output: Output, seconds: float
) -> tuple[dict[str, Any], Exit]:
    output.error(
        f"after {seconds:g} s the rollout is still in progress",
        why="it goes on without this command",
        next_step=f"chronoplane services get {service_id}",
    )
    return service or {"id": service_id}, Exit.TIME_OUT
