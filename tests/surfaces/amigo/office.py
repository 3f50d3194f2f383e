"""What the tests of this surface share: documents, bodies, and the published document."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from shared.domain.rejections import NotFound
from shared.queries.conversations import (
    ConversationDocument,
    ConversationPage,
    CriterionDocument,
    GetConversation,
    GetOrganization,
    GetUnitTest,
    ListConversations,
    ListUnitTests,
    OrganizationDocument,
    UnitTestDocument,
    UnitTestPage,
    VersionSetDocument,
)
from tests.surfaces.stubs import CALLER, MOMENT, PROJECT_ID, SERVICE_ID, Gateway

AGENT, MACHINE, TEST = "a1" * 12, "b2" * 12, "c3" * 12
SERVICES = "/v1/acme/service/"
ONE = f"{SERVICES}{SERVICE_ID}/"
UNIT_TESTS = "/v1/acme/simulation/unit_test/"
NEWEST = VersionSetDocument(agent_version=None, state_machine_version=None, llm_preferences={})
CONVERSATION = ConversationDocument(
    service_id=SERVICE_ID,
    project_id=PROJECT_ID,
    name="Coach",
    description="Talks",
    agent_id=AGENT,
    state_machine_id=MACHINE,
    is_active=True,
    tags=(("team", "nlp"), ("draft", None)),
    keyterms=("sleep",),
    version_sets={
        "edge": NEWEST,
        "release": VersionSetDocument(
            agent_version=2,
            state_machine_version=None,
            llm_preferences={"reply": {"llm_name": "openai_gpt-6-luna", "params": {"t": 1}}},
        ),
    },
    unit_tests={},
    created_at=MOMENT,
    updated_at=MOMENT,
    created_by=f"user:{CALLER.principal_id}",
    updated_by="process:scheduler",
)
UNIT_TEST = UnitTestDocument(
    id=TEST,
    project_id=PROJECT_ID,
    service_id=SERVICE_ID,
    name="greets",
    description="says hello",
    version_set_name="release",
    persona_id=AGENT,
    scenario_id=MACHINE,
    interactions_max=5,
    success_criteria=(
        CriterionDocument(
            name="ok", metric_id=AGENT, criterion={"type": "boolean", "expected_value": True}
        ),
    ),
    tags=(("k", None),),
    is_deleted=False,
    created_at=MOMENT,
    updated_at=MOMENT,
    created_by=f"user:{CALLER.principal_id}",
    updated_by=f"user:{CALLER.principal_id}",
)
CREATE: dict[str, Any] = {
    "service_hierarchical_state_machine_id": MACHINE,
    "agent_id": AGENT,
    "name": " Coach ",
    "description": "Talks",
    "is_active": True,
}
CREATE_TEST: dict[str, Any] = {
    "name": "greets",
    "description": "says hello",
    "service_id": SERVICE_ID,
    "service_version_set_name": "release",
    "persona_id": AGENT,
    "scenario_id": MACHINE,
    "max_interactions": 5,
    "success_criterions": [
        {
            "name": "ok",
            "metric_id": AGENT,
            "criterion": {"type": "numerical", "verb": ">=", "threshold": 0.5},
        }
    ],
    "tags": {"k": None},
}


def organization(question: GetOrganization) -> Any:
    if question.handle != "acme":
        return NotFound(kind="organization", key=question.handle)
    return OrganizationDocument(id="dd" * 12, handle="acme", project_id=PROJECT_ID, is_member=True)


def furnish(gateway: Gateway) -> None:
    gateway.dispatch.answers |= {
        GetOrganization: organization,
        GetConversation: CONVERSATION,
        ListConversations: ConversationPage(
            items=(CONVERSATION,), has_more=False, tags=("draft:", "team:nlp")
        ),
        GetUnitTest: UNIT_TEST,
        ListUnitTests: UnitTestPage(items=(UNIT_TEST,), has_more=False),
    }


@cache
def published() -> dict[str, Any]:
    """Of the vendor's own document: paths, statuses and schemas of what is spoken here."""
    text = (Path(__file__).parent / "published.json").read_text("utf-8")
    document: dict[str, Any] = json.loads(text)
    return document
