"""The rules of the conversation facet: versions that exist, sets that stay, tests that hold them.

Agents and state machines are records of the project where somebody has declared them; whether ids
that nobody declared are accepted is the installation's choice (facts)."""

from dataclasses import replace
from typing import assert_never

from shared.domain.facts import Facts
from shared.domain.rejections import Conflicting, Incompatible, Invalid, NotFound, Rejection
from shared.domain.service.commands import (
    DeleteVersionSet,
    LinkUnitTest,
    PutVersionSet,
    RegisterService,
    ReviseConversation,
    UnlinkUnitTest,
)
from shared.domain.service.events import ConversationRevised, ServiceEvent
from shared.domain.service.facets.conversation import (
    EDGE,
    NAME_MAX,
    RELEASE,
    VERSION_SET_NAME,
    VERSION_SETS_MAX,
    Conversation,
    VersionSet,
    conversation_rejection,
)
from shared.domain.service.merging import merged, revised
from shared.domain.service.state import Live, State
from shared.kernel.unset import Unset

Decision = tuple[ServiceEvent, ...] | Rejection
VersionSetCommand = PutVersionSet | DeleteVersionSet | LinkUnitTest | UnlinkUnitTest


def records_of(command: object, state: State) -> tuple[str, ...]:
    """Ids of the records that a decision about this command needs to know of."""
    conversation = state.conversation if isinstance(state, Live) else None
    match command:
        case RegisterService(conversation=Conversation() as made):
            return (made.agent_id, made.state_machine_id)
        case PutVersionSet() if conversation is not None:
            return (conversation.agent_id, conversation.state_machine_id)
        case ReviseConversation():
            agent_id, machine_id = command.agent_id, command.state_machine_id
            if isinstance(agent_id, Unset):
                agent_id = conversation.agent_id if conversation else ""
            if isinstance(machine_id, Unset):
                machine_id = conversation.state_machine_id if conversation else ""
            return tuple(id_ for id_ in (agent_id, machine_id) if id_)
        case _:
            return ()


def new_conversation_rejection(
    conversation: Conversation, project_id: str, facts: Facts
) -> Invalid | NotFound | Incompatible | None:
    return conversation_rejection(conversation) or _reference_rejection(
        conversation, project_id, facts, beginning=conversation.is_active
    )


def revise_conversation(command: ReviseConversation, state: Live, facts: Facts) -> Decision:
    before = state.conversation
    if before is None and not command.attach:
        return NotFound(kind="service", key=command.service_id)
    needed = (command.agent_id, command.state_machine_id, command.is_active)
    if before is None and any(isinstance(value, Unset) for value in needed):
        return Invalid(
            field="conversation", message="needs agent_id, state_machine_id and is_active"
        )
    conversation, changed = merged(before, command, Conversation)
    if (wrong := conversation_rejection(conversation)) is not None:
        return wrong
    was_active = before is not None and before.is_active
    if was_active and not conversation.is_active and any(conversation.unit_tests.values()):
        return Conflicting(state="used", message="A unit test uses this service.")
    activated = conversation.is_active and not was_active
    if activated or {"agent_id", "state_machine_id"} & set(changed):
        unfit = _reference_rejection(conversation, state.project_id, facts, beginning=activated)
        if unfit is not None:
            return unfit
    if (wrong := _text_rejection(command)) is not None:
        return wrong
    named = revised(state, name=command.name, description=command.description)
    if not changed:
        return named
    said = ConversationRevised(
        service_id=state.service_id, conversation=conversation, changed=changed
    )
    # The name of what is active is claimed. One that becomes inactive lets go of its old name
    # before it takes a new one, which others may hold.
    return (*named, said) if conversation.is_active else (said, *named)


def _text_rejection(command: ReviseConversation) -> Invalid | None:
    for field, value in (("name", command.name), ("description", command.description)):
        if not isinstance(value, Unset) and not value.strip():
            return Invalid(field=field, message="must not be empty")
    if not isinstance(command.name, Unset) and len(command.name) > NAME_MAX:
        return Invalid(field="name", message=f"must have at most {NAME_MAX} characters")
    return None


def decide_version_sets(command: VersionSetCommand, state: Live, facts: Facts) -> Decision:
    conversation = state.conversation
    if conversation is None:
        return NotFound(kind="service", key=command.service_id)
    match command:
        case PutVersionSet():
            return _put(command, conversation, state.project_id, facts)
        case DeleteVersionSet():
            return _delete(command, conversation)
        case LinkUnitTest():
            return _link(command, conversation)
        case UnlinkUnitTest():
            return _unlink(command, conversation)
        case _:
            assert_never(command)


def _put(
    command: PutVersionSet, conversation: Conversation, project_id: str, facts: Facts
) -> Decision:
    name = command.version_set_name
    if name == EDGE:
        return Conflicting(state="fixed", message="The edge version set cannot be changed.")
    if not VERSION_SET_NAME.match(name):
        return Invalid(field="version_set_name", message="must be 1 to 40 of A-Za-z0-9_-")
    only = replace(conversation, version_sets={name: command.version_set})
    unfit = conversation_rejection(only) or _reference_rejection(
        only, project_id, facts, beginning=False
    )
    if unfit is not None:
        return unfit
    if name not in conversation.version_sets and len(conversation.version_sets) >= VERSION_SETS_MAX:
        return Incompatible(
            fields=("version_sets",), message=f"a service has at most {VERSION_SETS_MAX}"
        )
    sets = {**conversation.version_sets, name: command.version_set}
    return _said(command, name, conversation, replace(conversation, version_sets=sets))


def _delete(command: DeleteVersionSet, conversation: Conversation) -> Decision:
    name = command.version_set_name
    if name in (EDGE, RELEASE):
        return Conflicting(state="fixed", message=f"The {name} version set cannot be deleted.")
    if name not in conversation.version_sets:
        return NotFound(kind="version_set", key=name)
    if conversation.unit_tests.get(name):
        return Conflicting(state="used", message="A unit test uses this version set.")
    sets = {key: value for key, value in conversation.version_sets.items() if key != name}
    return _said(command, name, conversation, replace(conversation, version_sets=sets))


def _link(command: LinkUnitTest, conversation: Conversation) -> Decision:
    name = command.version_set_name
    if name not in conversation.version_sets:
        return NotFound(kind="version_set", key=name)
    held = conversation.unit_tests.get(name, ())
    if command.unit_test_id in held:
        return ()
    tests = {**conversation.unit_tests, name: (*held, command.unit_test_id)}
    return _said(command, name, conversation, replace(conversation, unit_tests=tests))


def _unlink(command: UnlinkUnitTest, conversation: Conversation) -> Decision:
    tests = dict(conversation.unit_tests)
    name = next((n for n, ids in tests.items() if command.unit_test_id in ids), "")
    rest = tuple(id_ for id_ in tests.pop(name, ()) if id_ != command.unit_test_id)
    if rest:
        tests[name] = rest
    return _said(command, name, conversation, replace(conversation, unit_tests=tests))


def _said(
    command: VersionSetCommand, name: str, before: Conversation, after: Conversation
) -> Decision:
    if after == before:
        return ()
    return (
        ConversationRevised(
            service_id=command.service_id,
            conversation=after,
            changed=(f"version_sets.{name}",),
        ),
    )


def _reference_rejection(
    conversation: Conversation, project_id: str, facts: Facts, *, beginning: bool
) -> NotFound | Incompatible | None:
    """`beginning`: it is about to become active, for which nothing deprecated will do."""
    for kind, id_, numbers in (
        ("agent", conversation.agent_id, _numbers(conversation, "agent_version")),
        (
            "state_machine",
            conversation.state_machine_id,
            _numbers(conversation, "state_machine_version"),
        ),
    ):
        field = f"{kind}_id"
        record = facts.records.get(id_)
        if record is None or record.kind != kind or record.project_id != project_id:
            if not facts.registry_is_open:
                return NotFound(kind=kind, key=id_)
            if any(number < 1 for _, number in numbers):
                return Incompatible(fields=(f"{kind}_version",), message="versions begin with 1")
            continue
        if record.versions == 0:
            return Incompatible(fields=(field,), message="it has no version yet")
        if beginning and record.is_deprecated:
            return Incompatible(fields=(field,), message="it is deprecated")
        for name, number in numbers:
            if not 1 <= number <= record.versions:
                message = f"version {number}, which {name} names, does not exist"
                return Incompatible(fields=(field, f"{kind}_version"), message=message)
    return None


def _numbers(conversation: Conversation, field: str) -> list[tuple[str, int]]:
    named: list[tuple[str, VersionSet]] = list(conversation.version_sets.items())
    return [(n, value) for n, s in named if (value := getattr(s, field)) is not None]
