"""Webhooks by form: a secret that is shown once, and a dead delivery that goes out again."""

import re

import httpx

from shared.domain.webhook.commands import (
    CreateWebhook,
    RemoveWebhook,
    ReplayDelivery,
    ReviseWebhook,
    RotateWebhookSecret,
)
from shared.kernel.secrets import PlainText
from tests.console.conftest import SAME_ORIGIN
from tests.console.scene import HOOK
from tests.surfaces.stubs import Gateway

PATH = "/console/webhooks"


async def typed(visitor: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    found = re.search(r'name="form_token" value="(\w+)"', (await visitor.get(PATH)).text)
    assert found is not None
    given = {"form_token": found[1], **fields}
    return await visitor.post(path, data=given, headers=SAME_ORIGIN)


async def test_a_webhook_and_its_secret_shown_once(
    visitor: httpx.AsyncClient, gateway: Gateway
) -> None:
    answer = await typed(visitor, PATH, url="https://a.test/in", types="service.*", reason="pager")
    sent = gateway.dispatch.sent[-1]
    assert isinstance(sent.command, CreateWebhook)
    assert (sent.command.types, sent.sender.reason) == (("service.*",), "pager")
    assert isinstance(sent.command.secret, PlainText)
    assert sent.command.secret.text in answer.text.replace("&#43;", "+")
    assert sent.command.secret.text not in (await visitor.get(PATH)).text


async def test_a_type_that_no_event_has_is_said(
    visitor: httpx.AsyncClient, gateway: Gateway
) -> None:
    answer = await typed(visitor, PATH, url="https://a.test/in", types="nothing.at_all")
    assert answer.status_code == 409
    assert "names no type of event: nothing.at_all" in answer.text
    assert 'value="https://a.test/in"' in answer.text
    assert not any(isinstance(each.command, CreateWebhook) for each in gateway.dispatch.sent)


async def test_a_secret_is_rotated_and_a_dead_delivery_replayed(
    visitor: httpx.AsyncClient, gateway: Gateway
) -> None:
    one = f"{PATH}/{HOOK.id}"
    assert "Its new secret" in (await typed(visitor, f"{one}/secret")).text
    assert [type(each.command) for each in gateway.dispatch.sent][-1] is RotateWebhookSecret
    answer = await typed(visitor, f"{one}/deliveries/6/replay")
    assert answer.headers["location"] == one
    assert gateway.dispatch.sent[-1].command == ReplayDelivery(
        webhook_id=HOOK.id, account_id=HOOK.account_id, position=6
    )
    assert (await typed(visitor, f"{one}/deliveries/x/replay")).status_code == 404


async def test_a_webhook_is_changed_to_what_its_form_shows(
    visitor: httpx.AsyncClient, gateway: Gateway
) -> None:
    one = f"{PATH}/{HOOK.id}"
    given = {"url": "https://b.test/in", "types": "service.*, replica.started", "description": ""}
    answer = await typed(visitor, one, **given, enabled="yes", reason="moved")
    assert answer.headers["location"] == one
    sent = gateway.dispatch.sent[-1]
    assert sent.command == ReviseWebhook(
        webhook_id=HOOK.id,
        account_id=HOOK.account_id,
        url="https://b.test/in",
        description="",
        types=("service.*", "replica.started"),
        is_enabled=True,
    )
    assert sent.sender.reason == "moved"
    await typed(visitor, one, **given)
    assert gateway.dispatch.sent[-1].command.is_enabled is False


async def test_what_was_typed_stays_where_it_is_refused(
    visitor: httpx.AsyncClient, gateway: Gateway
) -> None:
    answer = await typed(visitor, f"{PATH}/{HOOK.id}", url="https://b.test/in", types="nothing")
    assert answer.status_code == 409
    assert "names no type of event: nothing" in answer.text
    assert 'value="https://b.test/in"' in answer.text
    assert not any(isinstance(each.command, ReviseWebhook) for each in gateway.dispatch.sent)


async def test_a_webhook_is_removed(visitor: httpx.AsyncClient, gateway: Gateway) -> None:
    answer = await typed(visitor, f"{PATH}/{HOOK.id}/remove", reason="gone")
    assert answer.headers["location"] == PATH
    assert gateway.dispatch.sent[-1].command == RemoveWebhook(
        webhook_id=HOOK.id, account_id=HOOK.account_id
    )
