"""The rules of the registration facet: one config per account, references that exist.

What a client gives is merged over what is there. A revision that changes nothing is still said:
who reports again that all is as before has confirmed it, and `updated` moves."""

import hashlib
import json
from dataclasses import replace
from typing import Any

from shared.domain.facts import Facts
from shared.domain.rejections import Invalid, NotFound, Rejection
from shared.domain.service.commands import RegisterService, ReviseRegistration
from shared.domain.service.events import RegistrationRevised, ServiceEvent
from shared.domain.service.facets.registration import Registration, registration_rejection
from shared.domain.service.merging import merged, revised
from shared.domain.service.state import Live
from shared.kernel.unset import Unset

Decision = tuple[ServiceEvent, ...] | Rejection

NAME_MAX = 255
REFERENCES = ("pipeline_run", "model_version")


def references_of(command: object) -> tuple[str, ...]:
    """Ids of the records that this command refers to."""
    match command:
        case RegisterService(registration=Registration() as made):
            named = (made.pipeline_run_id, made.model_version_id)
        case ReviseRegistration(model_version_id=str() as id_):
            named = (id_, None)
        case _:
            return ()
    return tuple(id_ for id_ in named if id_ is not None)


def new_registration_rejection(
    registration: Registration, project_id: str, facts: Facts
) -> Invalid | NotFound | None:
    return registration_rejection(registration) or _reference_rejection(
        registration, project_id, facts
    )


def _reference_rejection(
    registration: Registration, project_id: str, facts: Facts
) -> NotFound | None:
    """Unlike agents, which an installation may leave to others to know: a registry of model
    servers never links to what it does not hold."""
    for kind in REFERENCES:
        id_ = getattr(registration, f"{kind}_id")
        if id_ is None:
            continue
        record = facts.records.get(id_)
        if record is None or record.kind != kind or record.project_id != project_id:
            return NotFound(kind=kind, key=id_)
    return None


def with_digest(registration: Registration) -> Registration:
    """The digest that is claimed: two configs are the same when their texts are, in key order."""
    text = json.dumps(registration.config, ensure_ascii=False, separators=(",", ":"))
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return replace(
        registration,
        config_digest=digest,
        pipeline_name=_text(registration.config.get("pipeline_name")),
        pipeline_step_name=_text(registration.config.get("pipeline_step_name")),
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def revise_registration(command: ReviseRegistration, state: Live, facts: Facts) -> Decision:
    registration, changed = merged(state.registration, command, Registration)
    if (rejection := registration_rejection(registration)) is not None:
        return rejection
    if "model_version_id" in changed:
        asked = Registration(model_version_id=registration.model_version_id)
        if (missing := _reference_rejection(asked, command.project_id, facts)) is not None:
            return missing
    name = state.name if isinstance(command.name, Unset) else command.name
    if len(name) > NAME_MAX:
        return Invalid(field="name", message=f"must have at most {NAME_MAX} characters")
    labels = state.labels if isinstance(command.labels, Unset) else command.labels
    if "config" in changed:
        # A facet that is attached without a config has none that another could have too.
        registration = with_digest(registration)
    events: list[ServiceEvent] = list(revised(state, name=name, labels=labels))
    if changed or not events:
        events.append(
            RegistrationRevised(
                service_id=state.service_id, registration=registration, changed=changed
            )
        )
    return tuple(events)
