"""Webhooks on the wire: the secret once, filters that mean something, replays by position."""

import base64
from typing import Any

import pytest

from shared.domain.webhook.commands import (
    CreateWebhook,
    RemoveWebhook,
    ReplayDelivery,
    ReviseWebhook,
    RotateWebhookSecret,
)
from shared.kernel.unset import UNSET
from shared.queries.webhooks import (
    DeliveryDocument,
    DeliveryPage,
    GetWebhook,
    ListDeliveries,
    ListWebhooks,
    WebhookDocument,
    WebhookPage,
)
from tests.surfaces.stubs import MOMENT, PROJECT_ID, Gateway

ID = "ab" * 12
ACCOUNT = "dd" * 12
WHEN = "2026-03-18T12:00:00.000005Z"
DOCUMENT = WebhookDocument(
    id=ID, account_id=ACCOUNT, project_id=None, url="https://example.com/", description="",
    types=("service.*",), is_enabled=True, created_at=MOMENT, updated_at=MOMENT, pending=1, dead=2,
)  # fmt: skip
SHOWN = {
    "id": ID, "account_id": ACCOUNT, "project_id": None, "url": "https://example.com/",
    "description": "", "types": ["service.*"], "is_enabled": True, "pending": 1, "dead": 2,
    "former_secret_until": None, "created_at": WHEN, "updated_at": WHEN,
}  # fmt: skip


@pytest.fixture
def hooks(gateway: Gateway) -> Gateway:
    gateway.dispatch.answers[GetWebhook] = DOCUMENT
    return gateway


async def create(gateway: Gateway, **body: Any) -> Any:
    body = {"url": "https://example.com/", **body}
    return await gateway.ask("POST", "/ops/v1/webhooks", json=body)


async def test_a_new_webhook_shows_the_secret_that_was_made_once(hooks: Gateway) -> None:
    response = await create(hooks, types=["service.*", "service.*"], project="acme")
    assert response.status_code == 201, response.text
    secret = response.json()["secret"]
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    command = hooks.dispatch.sent[-1].command
    assert isinstance(command, CreateWebhook)
    assert (command.account_id, command.project_id) == (ACCOUNT, PROJECT_ID)
    assert command.types == ("service.*",)
    assert secret not in repr(command)
    assert (await hooks.ask("GET", f"/ops/v1/webhooks/{ID}")).json() == SHOWN


async def test_a_repeated_request_does_not_show_the_secret_again(hooks: Gateway) -> None:
    hooks.dispatch.replayed = ID
    response = await create(hooks)
    assert response.json()["secret"] is None


@pytest.mark.parametrize(
    "body",
    [
        {"secret": "short"}, {"secret": "whsec_AAAA"}, {"types": ["nothing.*"]},
        {"types": ["service.exploded"]}, {"types": "service.*"}, {"url": 7}, {"colour": "red"},
    ],
    ids=str,
)  # fmt: skip
async def test_what_cannot_be_meant_is_refused(hooks: Gateway, body: dict[str, Any]) -> None:
    assert (await create(hooks, **body)).status_code == 400
    assert hooks.dispatch.sent == []


async def test_only_what_is_given_is_changed(hooks: Gateway) -> None:
    path = f"/ops/v1/webhooks/{ID}"
    response = await hooks.ask("PATCH", path, json={"is_enabled": False, "project": None})
    assert response.status_code == 200, response.text
    command = hooks.dispatch.sent[-1].command
    assert command == ReviseWebhook(
        webhook_id=ID, account_id=ACCOUNT, is_enabled=False, project_id=None
    )
    assert command.url is UNSET


async def test_a_secret_is_rotated_and_a_webhook_removed(hooks: Gateway) -> None:
    rotated = await hooks.ask("POST", f"/ops/v1/webhooks/{ID}/secret")
    assert rotated.status_code == 200, rotated.text
    command = hooks.dispatch.sent[-1].command
    assert isinstance(command, RotateWebhookSecret)
    assert command.secret.text == rotated.json()["secret"]  # type: ignore[union-attr]  # sent plain
    assert command.overlap_seconds == 24 * 3600
    body = {"overlap_seconds": 0}
    assert (await hooks.ask("POST", f"/ops/v1/webhooks/{ID}/secret", json=body)).status_code == 200
    command = hooks.dispatch.sent[-1].command
    assert isinstance(command, RotateWebhookSecret) and command.overlap_seconds == 0
    removed = await hooks.ask("DELETE", f"/ops/v1/webhooks/{ID}")
    assert removed.status_code == 204
    assert hooks.dispatch.sent[-1].command == RemoveWebhook(webhook_id=ID, account_id=ACCOUNT)


async def test_deliveries_are_listed_and_replayed(hooks: Gateway) -> None:
    delivery = DeliveryDocument(
        position=9, event_type="service.removed", state="dead", attempts=8, last_attempt_at=MOMENT,
        next_attempt_at=None, status=500, reason="answered_no",
    )  # fmt: skip
    hooks.dispatch.answers[ListDeliveries] = DeliveryPage(items=(delivery,), next_before=9)
    path = f"/ops/v1/webhooks/{ID}/deliveries"
    response = await hooks.ask("GET", f"{path}?state=dead&limit=1&before=20")
    assert response.status_code == 200, response.text
    assert response.json() == {
        "data": [
            {
                "position": 9, "event_type": "service.removed", "state": "dead", "attempts": 8,
                "last_attempt_at": WHEN, "next_attempt_at": None, "status": 500,
                "reason": "answered_no",
            }
        ],
        "next_before": 9,
    }  # fmt: skip
    assert hooks.dispatch.asked[-1].question == ListDeliveries(
        webhook_id=ID, state="dead", before=20, limit=1
    )
    replayed = await hooks.ask("POST", f"{path}/9/replay")
    assert replayed.status_code == 202, replayed.text
    assert hooks.dispatch.sent[-1].command == ReplayDelivery(
        webhook_id=ID, account_id=ACCOUNT, position=9
    )
    for wrong in (f"{path}?state=odd", f"{path}?limit=0"):
        assert (await hooks.ask("GET", wrong)).status_code == 400
    assert (await hooks.ask("POST", f"{path}/x/replay")).status_code == 400


async def test_the_list_is_of_one_account_or_of_all_that_one_manages(hooks: Gateway) -> None:
    hooks.dispatch.answers[ListWebhooks] = WebhookPage(items=(DOCUMENT,), total=1)
    response = await hooks.ask("GET", f"/ops/v1/webhooks?account={ACCOUNT}")
    assert response.json()["data"] == [SHOWN]
    assert hooks.dispatch.asked[-1].question == ListWebhooks(account_id=ACCOUNT)
