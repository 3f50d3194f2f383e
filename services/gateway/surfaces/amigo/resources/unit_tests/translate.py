"""Between Amigo's simulation unit tests and ours: pure, both ways."""

from typing import Any

from services.gateway.surfaces.amigo.resources.unit_tests import wire
from shared.domain.unit_test.commands import CreateUnitTest, SuccessCriterion
from shared.kernel.time import format_rfc3339
from shared.queries.conversations import (
    ListUnitTests,
    UnitTestDocument,
    UnitTestOrder,
    UnitTestPage,
)

SEARCH_MAX = 500


def to_create(body: wire.CreateUnitTest, *, unit_test_id: str, project_id: str) -> CreateUnitTest:
    return CreateUnitTest(
        unit_test_id=unit_test_id,
        project_id=project_id,
        service_id=body.service_id,
        name=body.name,
        description=body.description,
        version_set_name=body.service_version_set_name,
        persona_id=body.persona_id,
        scenario_id=body.scenario_id,
        interactions_max=body.max_interactions,
        success_criteria=tuple(
            SuccessCriterion(
                name=criterion.name,
                metric_id=criterion.metric_id,
                criterion=criterion.criterion.model_dump(),
            )
            for criterion in body.success_criterions
        ),
        tags=tuple(body.tags.items()),
    )


def to_list(query: wire.ListQuery, organization: str) -> ListUnitTests:
    order: UnitTestOrder = "+updated_at" if query.sort_by else "made"
    return ListUnitTests(
        organization=organization,
        ids=query.id,
        is_deleted=query.is_deleted,
        limit=query.limit,
        offset=max(query.continuation_token, 0),
        order="-updated_at" if query.sort_by[:1] == ("-updated_at",) else order,
        **_filters(query, organization),
    )


def to_search(query: wire.SearchQuery, organization: str) -> ListUnitTests:
    return ListUnitTests(
        organization=organization,
        text=query.query,
        is_deleted=False,
        limit=SEARCH_MAX,
        **_filters(query, organization),
    )


def _filters(query: wire.Filters, organization: str) -> dict[str, Any]:
    creators = [text.partition(",") for text in query.creator]
    tags = [text.partition(":") for text in query.tag]
    return {
        "service_ids": query.service_id,
        "persona_ids": query.persona_id,
        "scenario_ids": query.scenario_id,
        "metric_ids": query.metric_id,
        # Whoever signed in to another organization has made nothing in this one under its name.
        "creator_ids": tuple(user for org, _, user in creators if org == organization)
        or (("",) if creators else ()),
        "tags": tuple((key, value or None) for key, _, value in tags),
    }


def to_unit_test_list(page: UnitTestPage, question: ListUnitTests) -> wire.UnitTestList:
    return wire.UnitTestList(
        simulation_unit_tests=[
            wire.UnitTestInstance(id=item.id, **_shown(item, question.organization))
            for item in page.items
        ],
        has_more=page.has_more,
        continuation_token=question.offset + len(page.items) if page.has_more else None,
        filter_values=None,
    )


def to_found(page: UnitTestPage, organization: str) -> wire.UnitTestsFound:
    return wire.UnitTestsFound(
        simulation_unit_tests=[
            wire.FoundUnitTest(id=item.id, **_shown(item, organization)) for item in page.items
        ]
    )


def _shown(document: UnitTestDocument, organization: str) -> dict[str, Any]:
    return {
        "org_id": organization,
        "created_at": format_rfc3339(document.created_at),
        "updated_at": format_rfc3339(document.updated_at),
        "name": document.name,
        "description": document.description,
        "service_id": document.service_id,
        "service_version_set_name": document.version_set_name,
        "persona_id": document.persona_id,
        "scenario_id": document.scenario_id,
        "max_interactions": document.interactions_max,
        "success_criterions": [
            wire.ShownCriterion(
                name=criterion.name,
                metric_id=criterion.metric_id,
                criterion=criterion.criterion,
            )
            for criterion in document.success_criteria
        ],
        "is_deleted": document.is_deleted,
        "tags": [wire.Tag(key=key, value=value) for key, value in document.tags],
        "creator": _user(document.created_by, organization),
        "updated_by": _user(document.updated_by, organization),
    }


def _user(actor: str, organization: str) -> wire.UserInfo:
    return wire.UserInfo(org_id=organization, user_id=actor.rpartition(":")[2])
