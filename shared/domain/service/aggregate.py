"""The service aggregate, put together for the shell: where commands land, claims, secrets."""

from dataclasses import replace
from typing import get_args

from shared.domain.claim import Claim, release, take
from shared.domain.descriptor import Aggregate, Subject
from shared.domain.rejections import Invalid
from shared.domain.service.check import plain_rejection
from shared.domain.service.commands import (
    AttachWorkload,
    RegisterService,
    RestoreService,
    ReviseWorkload,
    ServiceCommand,
)
from shared.domain.service.decide import decide
from shared.domain.service.decide_conversation import records_of
from shared.domain.service.decide_registration import references_of
from shared.domain.service.events import (
    ConversationRevised,
    RegistrationRevised,
    ServiceEvent,
    ServiceRegistered,
    ServiceRemoved,
    ServiceRevised,
    WorkloadRevised,
)
from shared.domain.service.facets.conversation import Conversation
from shared.domain.service.facets.registration import Registration
from shared.domain.service.state import Absent, Live, State, evolve
from shared.domain.service.workload import EnvVar, Workload
from shared.kernel.secrets import PlainText, SecretRef


def subject(command: ServiceCommand) -> Subject:
    return Subject(id=command.service_id, project_id=command.project_id)


def claims(state: State, event: ServiceEvent) -> tuple[Claim, ...]:
    match event:
        case ServiceRegistered():
            slug = take("slug", f"{event.project_id}:{event.slug}")
            return (
                slug,
                *_domain_change(None, event.workload),
                *_config_change(None, event.registration),
                *_active_change(None, None, event.conversation, event.name, event.project_id),
            )
        case ServiceRevised():
            assert isinstance(state, Live), "only what lives is revised"
            return (
                *_slug_change(state, event),
                *_active_change(
                    state.conversation,
                    state.name,
                    state.conversation,
                    event.name,
                    state.project_id,
                ),
            )
        case RegistrationRevised():
            before_it = state.registration if isinstance(state, Live) else None
            return _config_change(before_it, event.registration)
        case ConversationRevised():
            assert isinstance(state, Live), "only what lives is revised"
            return _active_change(
                state.conversation, state.name, event.conversation, state.name, state.project_id
            )
        case WorkloadRevised():
            before = state.workload if isinstance(state, Live) else None
            return _domain_change(before, event.workload)
        case ServiceRemoved():
            assert isinstance(state, Live), "only what lives is removed"
            slug = release("slug", f"{state.project_id}:{state.slug}")
            return (
                slug,
                *_domain_change(state.workload, None),
                *_config_change(state.registration, None),
                *_active_change(state.conversation, state.name, None, None, state.project_id),
            )
        case _:
            return ()


def _domain_change(before: Workload | None, after: Workload | None) -> tuple[Claim, ...]:
    old = before.custom_domain if before else None
    new = after.custom_domain if after else None
    if old == new:
        return ()
    released = (release("domain", old),) if old else ()
    return (*released, take("domain", new)) if new else released


def _slug_change(state: Live, event: ServiceRevised) -> tuple[Claim, ...]:
    if event.slug == state.slug:
        return ()
    return (
        release("slug", f"{state.project_id}:{state.slug}"),
        take("slug", f"{state.project_id}:{event.slug}"),
    )


def _config_change(before: Registration | None, after: Registration | None) -> tuple[Claim, ...]:
    """Configs are unique per account; the shell puts the account before the key."""
    old = before.config_digest if before else None
    new = after.config_digest if after else None
    if old == new:
        return ()
    released = (release("config", old),) if old else ()
    return (*released, take("config", new)) if new else released


def _active_change(
    before: Conversation | None,
    name_before: str | None,
    after: Conversation | None,
    name_after: str | None,
    project_id: str,
) -> tuple[Claim, ...]:
    """At most one active conversation of a name in an organization, exact and case-sensitive."""
    old = f"{project_id}:{name_before}" if before and before.is_active else None
    new = f"{project_id}:{name_after}" if after and after.is_active else None
    if old == new:
        return ()
    released = (release("active_name", old),) if old else ()
    return (*released, take("active_name", new)) if new else released


def _env_of(command: ServiceCommand) -> tuple[EnvVar, ...]:
    if isinstance(command, RegisterService | RestoreService) and command.workload is not None:
        return command.workload.env
    if isinstance(command, AttachWorkload):
        return command.workload.env
    if isinstance(command, ReviseWorkload) and isinstance(command.env, tuple):
        return command.env
    return ()


def secrets(command: ServiceCommand, state: State) -> tuple[tuple[str, str, PlainText], ...]:
    return tuple(
        (command.service_id, variable.name, variable.value)
        for variable in _env_of(command)
        if isinstance(variable.value, PlainText)
    )


def unsealable(command: ServiceCommand) -> Invalid | None:
    return plain_rejection(_env_of(command))


def sealed(command: ServiceCommand, refs: dict[str, SecretRef]) -> ServiceCommand:
    env = tuple(
        replace(variable, value=refs[variable.name]) if variable.name in refs else variable
        for variable in _env_of(command)
    )
    if isinstance(command, RegisterService | RestoreService) and command.workload is not None:
        return replace(command, workload=replace(command.workload, env=env))
    if isinstance(command, AttachWorkload):
        return replace(command, workload=replace(command.workload, env=env))
    if isinstance(command, ReviseWorkload) and isinstance(command.env, tuple):
        return replace(command, env=env)
    return command


def records(command: ServiceCommand, state: State) -> tuple[str, ...]:
    return (*records_of(command, state), *references_of(command))


SERVICE = Aggregate(
    stream_type="service",
    commands=get_args(ServiceCommand),
    creating=(RegisterService,),
    events=get_args(ServiceEvent),
    initial=Absent(),
    evolve=evolve,
    decide=decide,
    subject=subject,
    claims=claims,
    records=records,
    secrets=secrets,
    unsealable=unsealable,
    sealed=sealed,
)
