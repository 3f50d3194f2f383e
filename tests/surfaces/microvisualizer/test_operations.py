"""The thirty published operations: routed, answered as published, and what each becomes."""

import re
from dataclasses import replace
from typing import Any

import pytest

from services.gateway.dispatch import Sender
from services.gateway.moments import Moment
from shared.domain import rejections as r
from shared.domain.project.commands import (
    CreateProject,
    PinProject,
    RemoveProject,
    ReviseProject,
    ShareProject,
    UnpinProject,
    UnshareProject,
)
from shared.domain.service.commands import RegisterService, RemoveService, ReviseParticipation
from shared.domain.service.facets.participation import Participation, Topic
from shared.kernel.actor import process_actor
from shared.kernel.secrets import PlainText
from shared.kernel.unset import UNSET
from shared.queries.identity import GetPrincipal
from shared.queries.microvisualizer import (
    GetProjectCard,
    GetShare,
    GetSnapshot,
    GetSnapshotById,
    ListChanges,
    ListProjectCards,
    ListShared,
    ListSnapshots,
    SnapshotPage,
)
from tests.surfaces.microvisualizer.contract import OPERATIONS, conforms
from tests.surfaces.microvisualizer.office import (
    ALONE,
    AT,
    CARD,
    CHANGE_ID,
    KEY,
    PAID,
    PAY,
    TOKEN,
    WEB,
    WHEN,
    absent,
    ask,
)
from tests.surfaces.stubs import CALLER, MOMENT, PROJECT_ID, SERVICE_ID, Gateway

NAMES = {"projectId": "shop-a1b2c", "serviceSlug": "pay", "snapshotId": CHANGE_ID}
WHOLE: dict[str, Any] = {
    "name": "Pay",
    "description": "Takes money",
    "category": "Money",
    "owner": "Team A",
    "flows": ["Checkout"],
    "consumes": [{"name": "ordered"}],
    "produces": [
        {
            "name": "Order Paid",
            "category": "Events",
            "owner": "Team B",
            "flows": ["Checkout"],
            "extras": {"k": "v"},
            "unheard-of": 1,
        }
    ],
    "extras": {"repo": "acme/pay"},
}
SHOWN_TOPICS = {
    "consumes": [{"name": "ordered"}],
    "produces": [
        {
            "name": "Order Paid",
            "category": "Events",
            "owner": "Team B",
            "flows": ["Checkout"],
            "extras": {"k": "v"},
        }
    ],
}


def test_the_file_has_thirty_operations() -> None:
    assert len(OPERATIONS) == 30


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
async def test_every_published_operation_is_routed_and_asks_who_calls_first(
    gateway: Gateway, method: str, path: str
) -> None:
    url = re.sub(r"\{(\w+)\}", lambda m: NAMES[m.group(1)], path)
    response = await gateway.client.request(method, url, content=b"{")
    assert response.status_code == 401, response.text
    conforms(response.json(), "ErrorResponse")
    assert response.json()["code"] == "unauthorized"
    assert gateway.dispatch.asked == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/v1/limits", None, 200),
        ("GET", "/v1/billing/subscription", None, 200),
        ("POST", "/v1/billing/portal-session", None, 404),
        ("GET", "/v1/billing/ai-credits", None, 200),
        ("POST", "/v1/billing/subscription/switch-cycle", {"billingCycle": "annual"}, 404),
        ("POST", "/v1/billing/subscription/switch-cycle", {"billingCycle": "weekly"}, 400),
        ("POST", "/v1/pinned", {"projectId": "shop-a1b2c"}, 200),
        ("GET", "/v1/pinned", None, 200),
        ("DELETE", "/v1/pinned/shop-a1b2c", None, 204),
        ("POST", "/v1/projects", {"name": "Shop", "description": ""}, 200),
        ("GET", "/v1/projects", None, 200),
        ("GET", AT, None, 200),
        ("PUT", AT, {"archived": True}, 200),
        ("DELETE", AT, None, 204),
        ("POST", f"{AT}/duplicate", None, 200),
        ("GET", f"{AT}/graph", None, 200),
        ("GET", f"{AT}/graph/mermaid", None, 200),
        ("GET", f"{AT}/graph/svg", None, 200),
        ("GET", f"{AT}/entities", None, 200),
        ("POST", f"{AT}/services", WHOLE, 200),
        ("GET", f"{AT}/services", None, 200),
        ("GET", f"{AT}/services/pay", None, 200),
        ("PUT", f"{AT}/services/pay", {}, 200),
        ("DELETE", f"{AT}/services/pay", None, 204),
        ("GET", f"{AT}/services/pay/raw", None, 200),
        ("POST", f"{AT}/ai/chat", {"messages": [{"role": "user", "content": "?"}]}, 402),
        ("GET", f"{AT}/history", None, 200),
        ("GET", f"{AT}/history/{CHANGE_ID}/diff", None, 200),
        ("POST", f"{AT}/public-share-token", None, 200),
        ("GET", f"{AT}/public-share-token", None, 200),
        ("DELETE", f"{AT}/public-share-token", None, 204),
    ],
)
async def test_every_answer_is_as_published(
    gateway: Gateway, method: str, path: str, body: Any, status: int
) -> None:
    response = await ask(gateway, method, path, json=body)
    assert response.status_code == status, response.text


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        (
            "POST", "/v1/projects", {"name": "My Shop!", "description": "d"},
            CreateProject(
                project_id="*", account_id=CALLER.principal_id, handle="*", name="My Shop!",
                description="d",
            ),
        ),
        (
            "PUT", AT, {"name": "New", "archived": False},
            ReviseProject(project_id=PROJECT_ID, name="New", archived=False),
        ),
        ("PUT", AT, {}, ReviseProject(project_id=PROJECT_ID)),
        ("DELETE", AT, None, RemoveProject(project_id=PROJECT_ID)),
        (
            "POST", "/v1/pinned", {"projectId": "shop-a1b2c", "pinnedAt": None},
            PinProject(project_id=PROJECT_ID, principal_id=CALLER.principal_id),
        ),
        (
            "DELETE", "/v1/pinned/shop-a1b2c", None,
            UnpinProject(project_id=PROJECT_ID, principal_id=CALLER.principal_id),
        ),
        (
            "POST", f"{AT}/services", WHOLE,
            RegisterService(
                service_id="*", project_id=PROJECT_ID, deployment_id="*", name="Pay",
                description="Takes money", participation=PAY.participation,
            ),
        ),
        (
            "POST", f"{AT}/services", {"name": "x", "description": None, "extras": None},
            RegisterService(
                service_id="*", project_id=PROJECT_ID, deployment_id="*", name="x",
                participation=Participation(),
            ),
        ),
        (
            "PUT", f"{AT}/services/pay", WHOLE,
            ReviseParticipation(
                service_id=SERVICE_ID, project_id=PROJECT_ID, name="Pay",
                description="Takes money", category="Money", owner="Team A",
                flows=("Checkout",), consumes=(Topic(name="ordered"),), produces=(PAID,),
                extras={"repo": "acme/pay"},
            ),
        ),
        (
            "PUT", f"{AT}/services/pay",
            {
                "description": None, "category": None, "owner": None, "flows": None,
                "extras": None, "consumes": [], "produces": [],
            },
            ReviseParticipation(
                service_id=SERVICE_ID, project_id=PROJECT_ID, name=UNSET, description="",
                category=None, owner=None, flows=None, consumes=(), produces=(), extras=None,
            ),
        ),
        (
            "PUT", f"{AT}/services/pay", {},
            ReviseParticipation(service_id=SERVICE_ID, project_id=PROJECT_ID),
        ),
        (
            "DELETE", f"{AT}/services/pay", None,
            RemoveService(service_id=SERVICE_ID, project_id=PROJECT_ID),
        ),
        ("DELETE", f"{AT}/public-share-token", None, UnshareProject(project_id=PROJECT_ID)),
    ],
)  # fmt: skip
async def test_each_write_becomes_its_command_and_waits_for_the_view(
    gateway: Gateway, method: str, path: str, body: Any, expected: Any
) -> None:
    response = await ask(gateway, method, path, json=body)
    assert response.status_code in (200, 204), response.text
    sent = gateway.dispatch.sent[0].command
    fresh = {
        name: "*"
        for name in ("project_id", "service_id", "deployment_id", "handle")
        if getattr(expected, name, None) == "*"
    }
    assert replace(sent, **fresh) == expected
    assert gateway.dispatch.asked[-1].after == 42
    assert response.headers["log-position"] == "42"


async def test_a_service_is_shown_with_every_field(gateway: Gateway) -> None:
    gateway.dispatch.answers[GetSnapshot] = replace(PAY, valid_until=MOMENT)
    response = await ask(gateway, "GET", f"{AT}/services/pay")
    own = {key: value for key, value in WHOLE.items() if key not in SHOWN_TOPICS}
    assert response.json() == {
        **own,
        **SHOWN_TOPICS,
        "slug": "pay",
        "createdBy": "ann@a.example",
        "createdByType": "MEMBER",
        "createdAt": WHEN,
        "updatedBy": "laptop",
        "updatedByType": "API_KEY",
        "updatedAt": WHEN,
        "validFrom": WHEN,
        "validUntil": WHEN,
    }
    raw = await ask(gateway, "GET", f"{AT}/services/pay/raw")
    assert raw.json()["name"] == "Pay"
    assert raw.json()["consumes"] == [
        {"name": "ordered", "category": None, "owner": None, "flows": None, "extras": None}
    ]


async def test_what_is_absent_is_left_out(gateway: Gateway) -> None:
    shown = (await ask(gateway, "GET", f"{AT}/services/web")).json()
    assert {"description", "category", "owner", "flows", "extras", "validUntil"}.isdisjoint(shown)


async def test_a_list_is_whole_and_of_one_moment(gateway: Gateway) -> None:
    response = await ask(gateway, "GET", f"{AT}/services")
    assert [item["slug"] for item in response.json()] == ["alone", "pay", "web"]
    first, second = gateway.dispatch.asked
    assert (first.question, first.moment) == (ListSnapshots(project="shop-a1b2c"), Moment())
    assert second.question == ListSnapshots(project="shop-a1b2c", after="pay/x")
    assert second.moment == Moment(position=40)


async def test_a_project_is_shown_with_every_field(gateway: Gateway) -> None:
    gateway.dispatch.answers[GetProjectCard] = replace(CARD, pinned_at=MOMENT, archived=True)
    assert (await ask(gateway, "GET", AT)).json() == {
        "id": "shop-a1b2c",
        "name": "Shop",
        "description": "All of it",
        "archived": True,
        "pinned": True,
        "serviceCount": 2,
        "isOwner": True,
        "createdBy": "ann@a.example",
        "createdByType": "MEMBER",
        "updatedBy": "laptop",
        "updatedByType": "API_KEY",
        "createdAt": WHEN,
        "updatedAt": WHEN,
    }


@pytest.mark.parametrize(
    ("query", "question", "shown"),
    [
        ("", ListProjectCards(), (0, 20, 3, True, False)),
        ("?page=2&size=20", ListProjectCards(page=2), (2, 20, 3, False, True)),
        ("?page=7&size=1", ListProjectCards(page=7, size=1), (7, 1, 41, False, False)),
        (
            "?pinned=true&archived=false&createdBy=ann&query=sh",
            ListProjectCards(pinned=True, archived=False, created_by="ann", name_part="sh"),
            (0, 20, 3, True, False),
        ),
    ],
)
async def test_projects_are_paged_and_filtered(
    gateway: Gateway, query: str, question: Any, shown: tuple[Any, ...]
) -> None:
    body = (await ask(gateway, "GET", f"/v1/projects{query}")).json()
    assert gateway.dispatch.asked[-1].question == question
    names = ("page", "size", "totalPages", "first", "last")
    assert tuple(body[name] for name in names) == shown
    assert body["total"] == 41


@pytest.mark.parametrize(
    "query", ["page=-1", "page=x", "size=0", "size=101", "pinned=maybe", "page=1&page=2"]
)
async def test_bad_parameters_are_bad_requests(gateway: Gateway, query: str) -> None:
    response = await ask(gateway, "GET", f"/v1/projects?{query}")
    assert (response.status_code, response.json()["code"]) == (400, "bad_request")


@pytest.mark.parametrize("query", ["page=-1", "size=0", "size=501", "size=x"])
async def test_bad_pages_of_the_history_are_too(gateway: Gateway, query: str) -> None:
    response = await gateway.ask("GET", f"{AT}/history?{query}")
    assert (response.status_code, response.json()["code"]) == (400, "bad_request")
    conforms(response.json(), "ErrorResponse")


async def test_history_and_diff_are_shown_with_every_field(gateway: Gateway) -> None:
    response = await ask(gateway, "GET", f"{AT}/history?page=3&size=7")
    assert response.json() == {
        "events": [
            {
                "snapshotId": CHANGE_ID,
                "serviceSlug": "pay",
                "serviceName": "Pay",
                "changeType": "CREATE",
                "actorName": KEY.name,
                "actorType": "API_KEY",
                "timestamp": WHEN,
            }
        ],
        "totalCount": 1,
    }
    question = ListChanges(project="shop-a1b2c", page=3, size=7)
    assert gateway.dispatch.asked[-1].question == question
    diff = (await ask(gateway, "GET", f"{AT}/history/{CHANGE_ID.upper()}/diff")).json()
    assert diff["before"] is None
    assert diff["after"]["name"] == "Pay"
    for unknown in ("x", "0198a0b2-7c4f-7d1e-9a3b-5c6d7e8f9a0c"):
        assert (await ask(gateway, "GET", f"{AT}/history/{unknown}/diff")).status_code == 404


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("My Shop!", r"my-shop-[a-z0-9]{5}"),
        ("a!!", r"project-a-[a-z0-9]{5}"),
        ("日本語", r"project-[a-z0-9]{5}"),
        ("x" * 60, r"x{54}-[a-z0-9]{5}"),
    ],
)
async def test_a_handle_is_made_of_the_name(gateway: Gateway, name: str, pattern: str) -> None:
    body = {"name": name, "description": ""}
    assert (await ask(gateway, "POST", "/v1/projects", json=body)).status_code == 200
    handle = gateway.dispatch.sent[0].command.handle
    assert re.fullmatch(pattern, handle)
    conforms(handle, "ProjectId")


async def test_a_taken_handle_is_tried_again_and_a_repeat_finds_the_same_try(
    gateway: Gateway,
) -> None:
    gateway.dispatch.rejection = r.Taken(space="handle", key="x")
    body = {"name": "Shop", "description": ""}
    response = await ask(
        gateway, "POST", "/v1/projects", json=body, headers={"Idempotency-Key": "k"}
    )
    assert response.status_code == 409
    handles = {sent.command.handle for sent in gateway.dispatch.sent}
    ids = [sent.command_id for sent in gateway.dispatch.sent]
    assert (len(handles), len(set(ids))) == (3, 3)
    gateway.dispatch.sent.clear()
    await ask(gateway, "POST", "/v1/projects", json=body, headers={"Idempotency-Key": "k"})
    assert [sent.command_id for sent in gateway.dispatch.sent] == ids


async def test_a_service_accounts_project_is_its_employers(gateway: Gateway) -> None:
    gateway.sign_in(replace(CALLER, kind="service_account"))
    body = {"name": "Shop", "description": ""}
    assert (await ask(gateway, "POST", "/v1/projects", json=body)).status_code == 200
    assert gateway.dispatch.sent[0].command.account_id == "0f" * 12
    assert gateway.dispatch.asked[0].question == GetPrincipal(key=CALLER.principal_id)


async def test_a_duplicate_copies_what_was_there_and_repeats_nothing(gateway: Gateway) -> None:
    tailed = replace(WEB, slug="web-0a1b2c3d4e5f")
    gateway.dispatch.answers[ListSnapshots] = lambda q: SnapshotPage(
        items=(ALONE, PAY, tailed), next_after=None
    )
    headers = {"Idempotency-Key": "k"}
    path = f"{AT}/duplicate"
    response = await ask(gateway, "POST", path, json={"name": "Copy"}, headers=headers)
    assert response.status_code == 200
    made, *copies = gateway.dispatch.sent
    assert (made.command.name, made.command.description) == ("Copy", "All of it")
    assert made.command.account_id == CARD.account_id
    new = made.command.project_id
    assert {
        (c.command.name, c.command.naming, c.command.participation == s.participation)
        for c, s in zip(
            sorted(copies, key=lambda c: c.command.name), (PAY, ALONE, WEB), strict=True
        )
    } == {("Pay", "bare", True), ("alone", "bare", True), ("web", "tailed", True)}
    assert {c.command.project_id for c in copies} == {new}
    # What is copied is read as it was when the copy began, also by a repeat.
    read = [a for a in gateway.dispatch.asked if isinstance(a.question, ListSnapshots)]
    assert [a.moment for a in read] == [Moment(position=42)]
    ids = {c.command_id for c in copies}
    assert len(ids) == 3
    gateway.dispatch.sent.clear()
    gateway.dispatch.replayed = new
    await ask(gateway, "POST", path, json={"name": "Copy"}, headers=headers)
    again = gateway.dispatch.sent[1:]
    assert {c.command_id for c in again} == ids
    assert {c.command.service_id for c in again} == {c.command.service_id for c in copies}
    assert response.headers.get_list("log-position") == ["42"]


async def test_a_duplicate_without_a_body_keeps_the_name(gateway: Gateway) -> None:
    assert (await ask(gateway, "POST", f"{AT}/duplicate")).status_code == 200
    assert gateway.dispatch.sent[0].command.name == "Shop"


async def test_a_share_token_goes_to_the_vault_and_its_digest_to_the_log(
    gateway: Gateway,
) -> None:
    response = await ask(gateway, "POST", f"{AT}/public-share-token")
    command = gateway.dispatch.sent[0].command
    assert isinstance(command, ShareProject)
    assert isinstance(command.token, PlainText)
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
                        command.token.text)  # fmt: skip
    assert command.token.text not in repr(command)
    assert response.json() == {"token": TOKEN, "createdAt": WHEN}
    assert gateway.dispatch.asked[-1].question == GetShare(project="shop-a1b2c")
    opened = await gateway.client.get(f"/v1/public/{command.token.text}/graph")
    assert opened.status_code == 200
    assert gateway.dispatch.asked[-1].question == ListShared(digest=command.digest)


@pytest.mark.parametrize("kind", ["", "/mermaid", "/svg"])
async def test_a_shared_graph_needs_no_account_and_is_kept_by_nobody(
    gateway: Gateway, kind: str
) -> None:
    response = await gateway.client.get(f"/v1/public/{TOKEN}/graph{kind}?at=2001-01-01T00:00:00Z")
    assert response.status_code == 200
    asked = gateway.dispatch.asked[-1]
    assert asked.moment == Moment()  # The past is not shared.
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["cache-control"] == "no-store"
    if not kind:
        conforms(response.json(), "ProjectGraph")
    assert gateway.dispatch.authentications == 0


@pytest.mark.parametrize("token", ["x", TOKEN.upper(), TOKEN.replace("-", ""), f"{{{TOKEN}}}"])
async def test_what_is_no_token_is_not_even_looked_for(gateway: Gateway, token: str) -> None:
    response = await gateway.client.get(f"/v1/public/{token}/graph")
    assert response.status_code == 404
    assert response.json()["code"] == "public_share_token_not_found"
    assert gateway.dispatch.asked == []


async def test_an_unknown_token_answers_alike(gateway: Gateway) -> None:
    gateway.dispatch.answers[ListShared] = absent("share")
    unknown = await gateway.client.get(f"/v1/public/{TOKEN}/graph")
    malformed = await gateway.client.get("/v1/public/x/graph")
    assert unknown.status_code == 404
    assert unknown.content == malformed.content


async def test_the_public_read_speaks_for_the_gateway_alone(gateway: Gateway) -> None:
    seen: list[Sender] = []
    original = gateway.dispatch.query

    async def listening(question: Any, sender: Sender, **rest: Any) -> Any:
        seen.append(sender)
        return await original(question, sender, **rest)

    gateway.dispatch.query = listening  # type: ignore[method-assign]  # to hear who asks
    await gateway.client.get(f"/v1/public/{TOKEN}/graph")
    assert [sender.actor for sender in seen] == [process_actor("gateway")]


async def test_a_repeated_deletion_is_404_without_a_key_and_204_with_the_first_ones(
    gateway: Gateway,
) -> None:
    gateway.dispatch.answers[GetSnapshot] = absent("service")
    gateway.dispatch.answers[GetSnapshotById] = absent("service")
    path = f"{AT}/services/pay"
    response = await ask(gateway, "DELETE", path)
    assert (response.status_code, response.json()["code"]) == (404, "service_not_found")
    assert gateway.dispatch.sent == []
    gateway.dispatch.replayed = SERVICE_ID
    again = await ask(gateway, "DELETE", path, headers={"Idempotency-Key": "k"})
    assert again.status_code == 204
