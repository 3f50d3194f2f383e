"""Between Amigo's services and conversations: pure, both ways."""

from services.gateway.surfaces.amigo.resources.services import wire
from shared.domain.service.commands import PutVersionSet, RegisterService, ReviseConversation
from shared.domain.service.facets.conversation import EDGE, RELEASE, Conversation, VersionSet
from shared.kernel.unset import UNSET
from shared.queries.conversations import (
    ORDERS,
    ConversationDocument,
    ConversationPage,
    ListConversations,
    Order,
    VersionSetDocument,
)

# -- in


def to_register(
    body: wire.CreateService, *, service_id: str, project_id: str, deployment_id: str
) -> RegisterService:
    given = body.release_version_set
    release = VersionSet() if given is None else to_version_set(given)
    return RegisterService(
        service_id=service_id,
        project_id=project_id,
        deployment_id=deployment_id,
        name=body.name,
        description=body.description,
        # Names are free here, so that of a slug must not stand in anybody's way.
        naming="tailed",
        conversation=Conversation(
            agent_id=body.agent_id,
            state_machine_id=body.service_hierarchical_state_machine_id,
            is_active=body.is_active,
            tags=tuple(body.tags.items()),
            keyterms=tuple(body.keyterms),
            version_sets={EDGE: VersionSet(), RELEASE: release},
        ),
    )


def to_revise(body: wire.UpdateService, *, service_id: str, project_id: str) -> ReviseConversation:
    machine_id = body.service_hierarchical_state_machine_id
    return ReviseConversation(
        service_id=service_id,
        project_id=project_id,
        name=UNSET if body.name is None else body.name,
        description=UNSET if body.description is None else body.description,
        is_active=UNSET if body.is_active is None else body.is_active,
        agent_id=UNSET if body.agent_id is None else body.agent_id,
        state_machine_id=UNSET if machine_id is None else machine_id,
        tags=UNSET if body.tags is None else tuple(body.tags.items()),
        keyterms=UNSET if body.keyterms is None else tuple(body.keyterms),
    )


def to_put(
    body: wire.UpsertVersionSet, *, service_id: str, project_id: str, name: str
) -> PutVersionSet:
    return PutVersionSet(
        service_id=service_id,
        project_id=project_id,
        version_set_name=name,
        version_set=to_version_set(body.version_set),
    )


def to_version_set(given: wire.VersionSet) -> VersionSet:
    return VersionSet(
        agent_version=given.agent_version_number,
        state_machine_version=given.service_hierarchical_state_machine_version_number,
        llm_preferences={
            use: {"llm_name": config.llm_name, "params": config.params}
            for use, config in given.llm_model_preferences.items()
        },
    )


def to_list(query: wire.ListQuery, organization: str) -> ListConversations:
    return ListConversations(
        organization=organization,
        ids=query.id,
        is_active=query.is_active,
        tags=tuple(_tag(text) for text in (*query.tags, *query.tag)),
        order=_order(query.sort_by),
        limit=query.limit,
        offset=max(query.continuation_token, 0),
    )


def _tag(text: str) -> tuple[str, str | None]:
    key, _, value = text.partition(":")
    return key, value or None


def _order(sort_by: tuple[str, ...]) -> tuple[Order, ...]:
    """A column that comes again breaks no tie any more."""
    order: dict[str, Order] = {}
    for known in (known for text in sort_by for known in ORDERS if known == text):
        order.setdefault(known[1:], known)
    return tuple(order.values())


# -- out


def to_service_list(page: ConversationPage, query: ListConversations) -> wire.ServiceList:
    return wire.ServiceList(
        services=[to_service(item, query.organization) for item in page.items],
        has_more=page.has_more,
        continuation_token=query.offset + len(page.items) if page.has_more else None,
        filter_values=None if page.tags is None else wire.FilterValues(tags=list(page.tags)),
    )


def to_service(document: ConversationDocument, organization: str) -> wire.ServiceInstance:
    return wire.ServiceInstance(
        id=document.service_id,
        name=document.name,
        version_sets={
            name: _version_set(version_set) for name, version_set in document.version_sets.items()
        },
        description=document.description,
        is_active=document.is_active,
        service_hierarchical_state_machine_id=document.state_machine_id,
        agent_id=document.agent_id,
        tags=[wire.Tag(key=key, value=value) for key, value in document.tags],
        keyterms=list(document.keyterms),
        creator=user_of(document.created_by, organization),
        updated_by=user_of(document.updated_by, organization),
    )


def user_of(actor: str, organization: str) -> wire.UserInfo:
    """`user:<id>` as the log has it; a process of ours is named as what it is."""
    return wire.UserInfo(org_id=organization, user_id=actor.rpartition(":")[2])


def _version_set(document: VersionSetDocument) -> wire.ShownVersionSet:
    return wire.ShownVersionSet(
        agent_version_number=document.agent_version,
        service_hierarchical_state_machine_version_number=document.state_machine_version,
        llm_model_preferences={
            use: wire.ShownLLMConfig(llm_name=config["llm_name"], params=config.get("params") or {})
            for use, config in document.llm_preferences.items()
        },
    )
