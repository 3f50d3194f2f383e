"""The rules of the facets beside the workload. decide.py has found the service live already.

What a client gives is merged over what is there; a merge that changes nothing leaves no trace."""

from typing import assert_never

from shared.domain.facts import Facts
from shared.domain.rejections import Conflicting, Rejection
from shared.domain.service.commands import (
    DeleteVersionSet,
    LinkUnitTest,
    PutVersionSet,
    ReviseConversation,
    ReviseParticipation,
    ReviseRegistration,
    UnlinkUnitTest,
)
from shared.domain.service.decide_conversation import decide_version_sets, revise_conversation
from shared.domain.service.decide_registration import revise_registration
from shared.domain.service.events import ParticipationRevised, ServiceEvent
from shared.domain.service.facets.participation import (
    Participation,
    description_rejection,
    name_rejection,
    participation_rejection,
)
from shared.domain.service.merging import merged, revised
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


def decide_facet(command: FacetCommand, state: Live, facts: Facts) -> Decision:
    match command:
        case ReviseRegistration():
            return revise_registration(command, state, facts)
        case ReviseConversation():
            return revise_conversation(command, state, facts)
        case PutVersionSet() | DeleteVersionSet() | LinkUnitTest() | UnlinkUnitTest():
            return decide_version_sets(command, state, facts)
        case ReviseParticipation():
            return _revise_participation(command, state)
        case _:
            assert_never(command)


def _revise_participation(command: ReviseParticipation, state: Live) -> Decision:
    participation, changed = merged(state.participation, command, Participation)
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
    events: list[ServiceEvent] = list(revised(state, name=name, slug=slug, description=description))
    if changed and (state.participation is not None or participation != Participation()):
        # To take part in nothing is what a service without the facet does already.
        events.append(
            ParticipationRevised(
                service_id=state.service_id, participation=participation, changed=changed
            )
        )
    return tuple(events)
