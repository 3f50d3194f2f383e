"""Amigo's operations, each down to the command or question it becomes, and back."""

from dataclasses import replace
from typing import Any

import pytest

from services.gateway.moments import Moment
from shared.domain.rejections import Conflicting, NotFound
from shared.domain.service.commands import (
    DeleteVersionSet,
    LinkUnitTest,
    PutVersionSet,
    RegisterService,
    ReviseConversation,
    UnlinkUnitTest,
)
from shared.domain.service.facets.conversation import Conversation, VersionSet
from shared.domain.unit_test.commands import AbandonUnitTest, CreateUnitTest, DeleteUnitTest
from shared.kernel.time import parse_rfc3339
from shared.queries.conversations import (
    ConversationPage,
    GetConversation,
    GetUnitTest,
    ListConversations,
    ListUnitTests,
    UnitTestPage,
)
from tests.surfaces.amigo.office import (
    AGENT,
    CONVERSATION,
    CREATE,
    CREATE_TEST,
    MACHINE,
    ONE,
    SERVICES,
    TEST,
    UNIT_TEST,
    UNIT_TESTS,
)
from tests.surfaces.stubs import CALLER, PROJECT_ID, SERVICE_ID, Gateway

TARGET: dict[str, Any] = {"service_id": SERVICE_ID, "project_id": PROJECT_ID}
FULL_SET = {
    "agent_version_number": 3,
    "service_hierarchical_state_machine_version_number": 4,
    "llm_model_preferences": {"reply": {"llm_name": "openai_gpt-6-luna"}},
}
OUR_SET = VersionSet(
    agent_version=3,
    state_machine_version=4,
    llm_preferences={"reply": {"llm_name": "openai_gpt-6-luna", "params": {}}},
)


async def test_a_creation_makes_edge_and_release_and_a_name_that_blocks_nobody(
    gateway: Gateway,
) -> None:
    response = await gateway.ask("POST", SERVICES, json=CREATE)
    assert (response.status_code, response.json()) == (201, {"id": _made(gateway).service_id})
    command = _made(gateway)
    assert (command.name, command.naming, command.project_id) == ("Coach", "tailed", PROJECT_ID)
    assert command.conversation == Conversation(
        agent_id=AGENT,
        state_machine_id=MACHINE,
        is_active=True,
        version_sets={"edge": VersionSet(), "release": VersionSet()},
    )
    assert gateway.dispatch.asked[-1].after == 42


async def test_a_creation_may_bring_its_release_tags_and_keyterms(gateway: Gateway) -> None:
    body = {
        **CREATE,
        "release_version_set": FULL_SET,
        "tags": {" team ": "nlp", "draft": None},
        "keyterms": [" sleep well "],
    }
    assert (await gateway.ask("POST", SERVICES, json=body)).status_code == 201
    conversation = _made(gateway).conversation
    assert conversation is not None
    assert conversation.version_sets == {"edge": VersionSet(), "release": OUR_SET}
    assert conversation.tags == (("team", "nlp"), ("draft", None))
    assert conversation.keyterms == ("sleep well",)


def _made(gateway: Gateway) -> RegisterService:
    command = gateway.dispatch.sent[0].command
    assert isinstance(command, RegisterService)
    return command


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        ({}, {}),
        ({"name": None, "is_active": None, "tags": None}, {}),
        ({"name": " New "}, {"name": "New"}),
        ({"is_active": False}, {"is_active": False}),
        ({"service_hierarchical_state_machine_id": AGENT}, {"state_machine_id": AGENT}),
        ({"agent_id": MACHINE, "description": "d"}, {"agent_id": MACHINE, "description": "d"}),
        ({"tags": {"a": None}, "keyterms": []}, {"tags": (("a", None),), "keyterms": ()}),
    ],
)
async def test_an_update_changes_what_is_not_null_and_answers_null(
    gateway: Gateway, body: dict[str, Any], changes: dict[str, Any]
) -> None:
    response = await gateway.ask("POST", ONE, json=body)
    assert (response.status_code, response.content) == (200, b"null")
    assert gateway.dispatch.sent[0].command == ReviseConversation(**TARGET, **changes)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (FULL_SET, OUR_SET),
        # What the real SDK sends for "the newest": it drops keys that are null.
        ({"llm_model_preferences": {}}, VersionSet()),
        (
            {
                "agent_version_number": None,
                "service_hierarchical_state_machine_version_number": None,
                "llm_model_preferences": {},
            },
            VersionSet(),
        ),
    ],
)
async def test_a_version_set_is_put(
    gateway: Gateway, given: dict[str, Any], expected: VersionSet
) -> None:
    path = f"{ONE}version_sets/beta/"
    response = await gateway.ask("PUT", path, json={"version_set": given})
    assert (response.status_code, response.content) == (204, b"")
    assert gateway.dispatch.sent[0].command == PutVersionSet(
        **TARGET, version_set_name="beta", version_set=expected
    )


async def test_a_version_set_is_deleted(gateway: Gateway) -> None:
    response = await gateway.ask("DELETE", f"{ONE}version_sets/be ta/")
    assert response.status_code == 204
    command = gateway.dispatch.sent[0].command
    assert command == DeleteVersionSet(**TARGET, version_set_name="be ta")


async def test_services_are_listed_as_published(gateway: Gateway) -> None:
    response = await gateway.ask("GET", SERVICES)
    assert response.status_code == 200
    assert response.json() == {
        "services": [
            {
                "id": SERVICE_ID,
                "name": "Coach",
                "version_sets": {
                    "edge": {
                        "agent_version_number": None,
                        "service_hierarchical_state_machine_version_number": None,
                        "llm_model_preferences": {},
                    },
                    "release": {
                        "agent_version_number": 2,
                        "service_hierarchical_state_machine_version_number": None,
                        "llm_model_preferences": {
                            "reply": {"llm_name": "openai_gpt-6-luna", "params": {"t": 1}}
                        },
                    },
                },
                "description": "Talks",
                "is_active": True,
                "service_hierarchical_state_machine_id": MACHINE,
                "agent_id": AGENT,
                "tags": [{"key": "team", "value": "nlp"}, {"key": "draft", "value": None}],
                "keyterms": ["sleep"],
                "creator": {"org_id": "acme", "user_id": CALLER.principal_id},
                "updated_by": {"org_id": "acme", "user_id": "scheduler"},
            }
        ],
        "has_more": False,
        "continuation_token": None,
        "filter_values": {"tags": ["draft:", "team:nlp"]},
    }


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("", {}),
        # What the SDK sends when it is given parameters of its own.
        ("?limit=10&continuation_token=0", {}),
        (f"?id={AGENT}&id={MACHINE}&id={AGENT}", {"ids": (AGENT, MACHINE)}),
        ("?is_active=true", {"is_active": True}),
        ("?is_active=false&limit=20", {"is_active": False, "limit": 20}),
        ("?sort_by=%2Bname&sort_by=-is_active", {"order": ("+name", "-is_active")}),
        ("?sort_by=+name&sort_by=-name", {"order": ("+name",)}),
        ("?tags=team:nlp&tags=draft:", {"tags": (("team", "nlp"), ("draft", None))}),
        ("?tag=team:*", {"tags": (("team", "*"),)}),
        ("?continuation_token=30", {"offset": 30}),
        ("?continuation_token=-1", {}),
        ("?nobody=knows", {}),
    ],
)
async def test_every_parameter_of_the_list(
    gateway: Gateway, query: str, asked: dict[str, Any]
) -> None:
    assert (await gateway.ask("GET", SERVICES + query)).status_code == 200
    assert gateway.dispatch.asked[-1].question == ListConversations(organization="acme", **asked)


async def test_a_next_page_is_named_by_a_number(gateway: Gateway) -> None:
    page = ConversationPage(items=(CONVERSATION, CONVERSATION), has_more=True, tags=None)
    gateway.dispatch.answers[ListConversations] = page
    body = (await gateway.ask("GET", f"{SERVICES}?limit=2&continuation_token=4")).json()
    assert (body["has_more"], body["continuation_token"], body["filter_values"]) == (True, 6, None)


@pytest.mark.parametrize("path", [SERVICES, UNIT_TESTS, f"{UNIT_TESTS}search/"])
async def test_every_read_is_of_any_moment(gateway: Gateway, path: str) -> None:
    await gateway.ask("GET", f"{path}?query=x&as_of=2026-03-01T00:00:00Z&id={AGENT}&id={MACHINE}")
    moment = Moment(time=parse_rfc3339("2026-03-01T00:00:00Z"))
    assert gateway.dispatch.asked[-1].moment == moment


async def test_an_idempotency_key_is_the_creations(gateway: Gateway) -> None:
    gateway.dispatch.replayed = TEST
    response = await gateway.ask("POST", SERVICES, json=CREATE, headers={"Idempotency-Key": "k"})
    assert response.json() == {"id": TEST}
    assert response.headers["idempotency-replayed"] == "true"


# -- unit tests


async def test_a_unit_test_is_linked_before_it_is_created(gateway: Gateway) -> None:
    response = await gateway.ask("POST", UNIT_TESTS, json=CREATE_TEST)
    link, create = (sent.command for sent in gateway.dispatch.sent)
    assert isinstance(link, LinkUnitTest) and isinstance(create, CreateUnitTest)
    assert (link.version_set_name, link.unit_test_id) == ("release", create.unit_test_id)
    assert create.success_criteria[0].criterion == {
        "type": "numerical",
        "verb": ">=",
        "threshold": 0.5,
    }
    assert response.status_code == 201
    assert response.json() == {"simulation_unit_test_id": create.unit_test_id}


async def test_a_unit_test_that_is_refused_leaves_no_link(gateway: Gateway) -> None:
    _refuse(gateway, CreateUnitTest, Conflicting(state="exists", message="no"))
    assert (await gateway.ask("POST", UNIT_TESTS, json=CREATE_TEST)).status_code == 409
    link, _, unlink = (sent.command for sent in gateway.dispatch.sent)
    assert isinstance(unlink, UnlinkUnitTest) and unlink.unit_test_id == link.unit_test_id


async def test_a_repeated_creation_drops_the_link_of_the_test_it_did_not_make(
    gateway: Gateway,
) -> None:
    gateway.dispatch.replayed = TEST
    response = await gateway.ask(
        "POST", UNIT_TESTS, json=CREATE_TEST, headers={"Idempotency-Key": "k"}
    )
    assert response.json() == {"simulation_unit_test_id": TEST}
    link, _, unlink = gateway.dispatch.sent
    assert unlink.command.unit_test_id == link.command.unit_test_id != TEST
    assert link.fingerprint is None and unlink.fingerprint is None


async def test_a_unit_test_is_deleted_on_the_service_that_it_is_of(gateway: Gateway) -> None:
    assert (await gateway.ask("DELETE", f"{UNIT_TESTS}{TEST}/")).status_code == 204
    command = gateway.dispatch.sent[0].command
    assert command == DeleteUnitTest(unit_test_id=TEST, **TARGET)


async def test_unit_tests_are_listed_and_found(gateway: Gateway) -> None:
    filters = (
        f"service_id={SERVICE_ID}&metric_id={AGENT}&tag=k:&creator=acme,{AGENT}&sort_by=-updated_at"
    )
    listed = await gateway.ask("GET", f"{UNIT_TESTS}?{filters}&is_deleted=false")
    expected = ListUnitTests(
        organization="acme",
        service_ids=(SERVICE_ID,),
        metric_ids=(AGENT,),
        creator_ids=(AGENT,),
        tags=(("k", None),),
        is_deleted=False,
        order="-updated_at",
    )
    assert gateway.dispatch.asked[-1].question == expected
    assert listed.json()["simulation_unit_tests"][0]["id"] == TEST
    found = await gateway.ask("GET", f"{UNIT_TESTS}search/?query=hello")
    assert gateway.dispatch.asked[-1].question.text == "hello"
    assert found.json()["simulation_unit_tests"][0]["_id"] == TEST


async def test_a_page_of_unit_tests_names_the_next(gateway: Gateway) -> None:
    gateway.dispatch.answers[ListUnitTests] = UnitTestPage(items=(UNIT_TEST,), has_more=True)
    body = (await gateway.ask("GET", f"{UNIT_TESTS}?limit=1")).json()
    assert (body["has_more"], body["continuation_token"]) == (True, 1)


# -- links that nobody needs any more


async def test_a_link_without_a_test_does_not_keep_a_version_set(gateway: Gateway) -> None:
    refusals = [Conflicting(state="used", message="used")]
    _refuse(gateway, DeleteVersionSet, *refusals)
    gateway.dispatch.answers[GetConversation] = replace(CONVERSATION, unit_tests={"beta": (TEST,)})
    gateway.dispatch.answers[GetUnitTest] = NotFound(kind="unit_test", key=TEST)
    assert (await gateway.ask("DELETE", f"{ONE}version_sets/beta/")).status_code == 204
    commands: list[Any] = [type(sent.command) for sent in gateway.dispatch.sent]
    expected: list[Any] = [DeleteVersionSet, AbandonUnitTest, UnlinkUnitTest, DeleteVersionSet]
    assert commands == expected


async def test_a_test_that_lives_keeps_its_version_set(gateway: Gateway) -> None:
    _refuse(gateway, DeleteVersionSet, Conflicting(state="used", message="used"))
    gateway.dispatch.answers[GetConversation] = replace(CONVERSATION, unit_tests={"beta": (TEST,)})
    assert (await gateway.ask("DELETE", f"{ONE}version_sets/beta/")).status_code == 400
    assert len(gateway.dispatch.sent) == 1


async def test_a_test_that_is_just_being_made_keeps_its_version_set(gateway: Gateway) -> None:
    _refuse(gateway, DeleteVersionSet, Conflicting(state="used", message="used"))
    _refuse(gateway, AbandonUnitTest, Conflicting(state="exists", message="made"))
    gateway.dispatch.answers[GetConversation] = replace(CONVERSATION, unit_tests={"beta": (TEST,)})
    gateway.dispatch.answers[GetUnitTest] = NotFound(kind="unit_test", key=TEST)
    assert (await gateway.ask("DELETE", f"{ONE}version_sets/beta/")).status_code == 400


def _refuse(gateway: Gateway, kind: type, *rejections: Any) -> None:
    gateway.dispatch.rejections.setdefault(kind, []).extend(rejections)
