"""Subscriptions on /ops: down to the command, and up to what a NATS client has to know."""

from typing import Any

import pytest

from shared.domain.rejections import NotFound
from shared.domain.subscription.commands import CreateSubscription, RemoveSubscription
from shared.queries.identity import ApiKeyDocument, GetApiKey
from shared.queries.subscriptions import (
    GetSubscription,
    ListSubscriptions,
    SubscriptionDocument,
    SubscriptionPage,
)
from tests.surfaces.stubs import CALLER, KEY_ID, MOMENT, Gateway

SUBSCRIPTION_ID = "01" * 12
DOCUMENT = SubscriptionDocument(
    id=SUBSCRIPTION_ID,
    account_id=CALLER.principal_id,
    key_id=KEY_ID,
    name="warehouse",
    after=41,
    created_at=MOMENT,
)
KEY = ApiKeyDocument(
    id=KEY_ID,
    principal_id=CALLER.principal_id,
    name="ci",
    expires_at=None,
    revoked_at=None,
    created_at=MOMENT,
)


@pytest.fixture(autouse=True)
def answers(gateway: Gateway) -> None:
    gateway.dispatch.answers |= {
        GetApiKey: KEY,
        GetSubscription: DOCUMENT,
        ListSubscriptions: SubscriptionPage(items=(DOCUMENT,), total=1),
    }


async def created(gateway: Gateway, **body: Any) -> Any:
    return await gateway.ask("POST", "/ops/v1/subscriptions", json={"name": "warehouse", **body})


async def test_the_key_of_the_request_subscribes_to_its_own_account(gateway: Gateway) -> None:
    response = await created(gateway)
    assert response.status_code == 201, response.text
    (sent,) = gateway.dispatch.sent
    assert sent.command == CreateSubscription(
        subscription_id=sent.command.subscription_id,
        account_id=CALLER.principal_id,
        key_id=KEY_ID,
        name="warehouse",
        after=None,
    )


async def test_the_answer_says_how_to_connect_and_holds_no_secret(gateway: Gateway) -> None:
    body = (await created(gateway, after=41)).json()
    connection = body.pop("connection")
    assert body == {
        "id": SUBSCRIPTION_ID,
        "account_id": CALLER.principal_id,
        "api_key_id": KEY_ID,
        "name": "warehouse",
        "after": 41,
        "created_at": "2026-03-18T12:00:00.000005Z",
    }
    consumer = connection["consumer"]
    assert connection["user"] == SUBSCRIPTION_ID
    assert connection["next_subject"] == f"$JS.API.CONSUMER.MSG.NEXT.EVENTS.{consumer}"
    assert connection["ack_subject"] == f"$JS.ACK.EVENTS.{consumer}.>"
    assert connection["events"] == f"events.{CALLER.principal_id}.>"
    assert connection["password"] == f"the token of the API key {KEY_ID}"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": 7}, "name"),
        ({"after": "x"}, "after"),
        ({"after": True}, "after"),
        ({"surprise": 1}, "surprise"),
    ],
)
async def test_a_wrong_field_is_named(gateway: Gateway, body: dict[str, Any], field: str) -> None:
    response = await created(gateway, **body)
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert gateway.dispatch.sent == []


async def test_a_session_or_a_foreign_key_cannot_connect(gateway: Gateway) -> None:
    gateway.dispatch.answers[GetApiKey] = NotFound(kind="api_key", key="x")
    for body in ({}, {"api_key": "ef" * 12}):
        response = await created(gateway, **body)
        assert response.status_code == 400
        assert response.json()["errors"][0]["field"] == "api_key"
    assert gateway.dispatch.sent == []


async def test_subscriptions_are_listed_and_shown(gateway: Gateway) -> None:
    page = (await gateway.ask("GET", "/ops/v1/subscriptions")).json()
    one = (await gateway.ask("GET", f"/ops/v1/subscriptions/{SUBSCRIPTION_ID}")).json()
    assert page["data"] == [one]
    assert page["pagination"]["total"] == 1


async def test_one_is_removed_in_the_name_of_its_account(gateway: Gateway) -> None:
    response = await gateway.ask("DELETE", f"/ops/v1/subscriptions/{SUBSCRIPTION_ID}")
    assert response.status_code == 204, response.text
    (sent,) = gateway.dispatch.sent
    assert sent.command == RemoveSubscription(
        subscription_id=SUBSCRIPTION_ID, account_id=CALLER.principal_id
    )


async def test_what_is_not_there_is_removed_again_only_by_who_repeats_himself(
    gateway: Gateway,
) -> None:
    gateway.dispatch.answers[GetSubscription] = NotFound(kind="subscription", key="x")
    path = f"/ops/v1/subscriptions/{SUBSCRIPTION_ID}"
    assert (await gateway.ask("DELETE", path)).status_code == 404
    assert gateway.dispatch.sent == []
    repeated = await gateway.ask("DELETE", path, headers={"Idempotency-Key": "k"})
    assert repeated.status_code == 204
