"""scaling: one row per decision or change of the settings. Fed by scaling events."""

from services.query.view import Write
from shared.domain.scaling.events import ScalingDecided, ScalingPolicyRevised
from shared.envelope.codec import encode
from shared.envelope.event import EventEnvelope
from shared.kernel.json import dumps


def project(event: object, envelope: EventEnvelope) -> tuple[Write, ...]:
    match event:
        case ScalingPolicyRevised():
            changes = {
                "kind": "policy",
                "policy": encode(event.policy).decode(),
                "reasons": dumps(event.changed),
            }
            return (_added(event.service_id, event.project_id, envelope, changes),)
        case ScalingDecided():
            changes = {
                "kind": "decision",
                "reasons": dumps(event.reasons),
                "inputs": encode(event.inputs).decode(),
                "memory": encode(event.memory).decode(),
            }
            counts = {"desired": event.desired, "previous": event.previous}
            return (_added(event.service_id, event.project_id, envelope, changes, counts),)
        case _:
            return ()


def _added(
    service_id: str,
    project_id: str,
    envelope: EventEnvelope,
    texts: dict[str, str],
    counts: dict[str, int] | None = None,
) -> Write:
    row = {
        "policy": None,
        "inputs": None,
        "memory": None,
        "desired": None,
        "previous": None,
        "service_id": service_id,
        "project_id": project_id,
        "position": envelope.position,
        "at": envelope.at,
        "actor": envelope.actor,
        **texts,
        **(counts or {}),
    }
    return Write(statement="add_scaling", key=service_id, row=row)
