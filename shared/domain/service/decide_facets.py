"""The rules of the facets beside the workload. decide.py has found the service live already.

What a client gives is merged over what is there; a merge that changes nothing leaves no trace."""

import hashlib
import json
from dataclasses import fields, replace
from typing import Any, TypeVar, assert_never

from shared.domain.rejections import Conflicting, Invalid, NotFound, Rejection
from shared.domain.service.commands import (
    DeleteVersionSet,
    LinkUnitTest,
    PutVersionSet,
    ReviseConversation,
    ReviseParticipation,
    ReviseRegistration,
    UnlinkUnitTest,
)
from shared.domain.service.events import (
    ConversationRevised,
    ParticipationRevised,
    RegistrationRevised,
    ServiceEvent,
    ServiceRevised,
)
from shared.domain.service.facets.conversation import (
    EDGE,
    RELEASE,
    VERSION_SET_NAME,
    Conversation,
    conversation_rejection,
)
from shared.domain.service.facets.participation import (
    Participation,
    description_rejection,
    name_rejection,
    participation_rejection,
)
from shared.domain.service.facets.registration import Registration, registration_rejection
from shared.domain.service.state import Live
from shared.kernel.names import slug_of
from shared.kernel.unset import Unset

Decision = tuple[ServiceEvent, ...] | Rejection
FacetCommand = (
    ReviseRegistration
    | ReviseConversation
    | PutVersionSet
    | DeleteVersionSet
    | LinkUnitTest
    | UnlinkUnitTest
    | ReviseParticipation
)
Facet = TypeVar("Facet", Registration, Conversation, Participation)

REGISTRATION_NAME_MAX = 255


def decide_facet(command: FacetCommand, state: Live) -> Decision:
    match command:
        case ReviseRegistration():
            return _revise_registration(command, state)
        case ReviseConversation():
            return _revise_conversation(command, state)
        case PutVersionSet() | DeleteVersionSet() | LinkUnitTest() | UnlinkUnitTest():
            if state.conversation is None:
                return NotFound(kind="service", key=command.service_id)
            return _version_sets(command, state.conversation)
        case ReviseParticipation():
            return _revise_participation(command, state)
        case _:
            assert_never(command)


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


def _given(command: Any, facet: type) -> dict[str, Any]:
    names = {field.name for field in fields(facet)} & {field.name for field in fields(command)}
    return {name: value for name in names if not isinstance(value := getattr(command, name), Unset)}


def _merged(before: Facet | None, command: Any, cls: type[Facet]) -> tuple[Facet, tuple[str, ...]]:
    given = _given(command, cls)
    after = replace(before, **given) if before is not None else cls(**given)
    if before is None:
        return after, tuple(sorted(given)) or ("attached",)
    changed = tuple(sorted(n for n in given if getattr(after, n) != getattr(before, n)))
    return after, changed


def _revise_registration(command: ReviseRegistration, state: Live) -> Decision:
    registration, changed = _merged(state.registration, command, Registration)
    if (rejection := registration_rejection(registration)) is not None:
        return rejection
    name = state.name if isinstance(command.name, Unset) else command.name
    if len(name) > REGISTRATION_NAME_MAX:
        return Invalid(field="name", message=f"must have at most {REGISTRATION_NAME_MAX}")
    labels = state.labels if isinstance(command.labels, Unset) else command.labels
    if state.registration is None or "config" in changed:
        registration = with_digest(registration)
    events: list[ServiceEvent] = list(_revised(state, name=name, labels=labels))
    if changed:
        events.append(
            RegistrationRevised(
                service_id=state.service_id, registration=registration, changed=changed
            )
        )
    return tuple(events)


def _revise_conversation(command: ReviseConversation, state: Live) -> Decision:
    needed = (command.agent_id, command.state_machine_id, command.is_active)
    if state.conversation is None and any(isinstance(value, Unset) for value in needed):
        return Invalid(
            field="conversation", message="needs agent_id, state_machine_id and is_active"
        )
    conversation, changed = _merged(state.conversation, command, Conversation)
    if (rejection := conversation_rejection(conversation)) is not None:
        return rejection
    if (
        state.conversation is not None
        and state.conversation.is_active
        and not conversation.is_active
        and state.conversation.unit_tests
    ):
        return Conflicting(state="used", message="A unit test uses this service.")
    name = state.name if isinstance(command.name, Unset) else command.name
    description = (
        state.description if isinstance(command.description, Unset) else command.description
    )
    for field, value in (("name", name), ("description", description)):
        if not value.strip():
            return Invalid(field=field, message="must not be empty")
    events: list[ServiceEvent] = list(_revised(state, name=name, description=description))
    if changed:
        events.append(
            ConversationRevised(
                service_id=state.service_id, conversation=conversation, changed=changed
            )
        )
    return tuple(events)


def _version_sets(
    command: PutVersionSet | DeleteVersionSet | LinkUnitTest | UnlinkUnitTest,
    conversation: Conversation,
) -> Decision:
    sets, tests = dict(conversation.version_sets), dict(conversation.unit_tests)
    match command:
        case PutVersionSet():
            name = command.version_set_name
            if name == EDGE:
                return Conflicting(state="fixed", message="The edge version set cannot be changed.")
            if not VERSION_SET_NAME.match(name):
                return Invalid(field="version_set_name", message="must be 1 to 40 of A-Za-z0-9_-")
            sets[name] = command.version_set
        case DeleteVersionSet():
            name = command.version_set_name
            if name in (EDGE, RELEASE):
                return Conflicting(
                    state="fixed", message=f"The {name} version set cannot be deleted."
                )
            if name not in sets:
                return NotFound(kind="version_set", key=name)
            if tests.get(name):
                return Conflicting(state="used", message="A unit test uses this version set.")
            del sets[name]
        case LinkUnitTest():
            name = command.version_set_name
            if name not in sets:
                return NotFound(kind="version_set", key=name)
            held = tests.get(name, ())
            tests[name] = held if command.unit_test_id in held else (*held, command.unit_test_id)
        case UnlinkUnitTest():
            name = next((n for n, ids in tests.items() if command.unit_test_id in ids), "")
            rest = tuple(i for i in tests.pop(name, ()) if i != command.unit_test_id)
            if rest:
                tests[name] = rest
        case _:
            assert_never(command)
    after = replace(conversation, version_sets=sets, unit_tests=tests)
    if after == conversation:
        return ()
    return (
        ConversationRevised(
            service_id=command.service_id,
            conversation=after,
            changed=(f"version_sets.{name}",),
        ),
    )


def _revise_participation(command: ReviseParticipation, state: Live) -> Decision:
    participation, changed = _merged(state.participation, command, Participation)
    if (rejection := participation_rejection(participation)) is not None:
        return rejection
    name = state.name if isinstance(command.name, Unset) else command.name
    slug = state.slug
    if not isinstance(command.name, Unset) and name != state.name:
        if (wrong := name_rejection(name)) is not None:
            return wrong
        slug = slug_of(name)
        if state.workload is not None and slug != state.slug:
            return Conflicting(
                state="fixed",
                message="The name is the host of what is deployed; it cannot become another.",
            )
    description = (
        state.description if isinstance(command.description, Unset) else command.description
    )
    if (
        description != state.description
        and (wrong := description_rejection(description)) is not None
    ):
        return wrong
    events: list[ServiceEvent] = list(
        _revised(state, name=name, slug=slug, description=description)
    )
    if changed:
        events.append(
            ParticipationRevised(
                service_id=state.service_id, participation=participation, changed=changed
            )
        )
    return tuple(events)


def _revised(state: Live, **after: Any) -> tuple[ServiceRevised, ...]:
    changed = tuple(sorted(name for name, value in after.items() if getattr(state, name) != value))
    if not changed:
        return ()
    return (
        ServiceRevised(
            service_id=state.service_id,
            name=after.get("name", state.name),
            slug=after.get("slug", state.slug),
            description=after.get("description", state.description),
            labels=after.get("labels", state.labels),
            changed=changed,
        ),
    )
