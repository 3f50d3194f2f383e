"""Webhooks: where events go, a secret shown once, what was delivered, and a delivery again."""

from typing import Any

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from services.gateway.console.page import form, page, redirect, rendered
from services.gateway.console.pages.listing import PER_PAGE, page_of, pages_of, word_of
from services.gateway.console.visit import Visit
from services.gateway.console.writing import CONFLICT, PAST, done
from services.gateway.surfaces.ops.find import settle
from services.gateway.surfaces.ops.resources.webhooks.translate import (
    checked_types,
    secret_of,
    to_rotate,
)
from shared.domain.webhook.commands import (
    CreateWebhook,
    RemoveWebhook,
    ReplayDelivery,
    ReviseWebhook,
)
from shared.kernel.secrets import PlainText
from shared.queries.webhooks import (
    DeliveryPage,
    GetWebhook,
    ListDeliveries,
    ListWebhooks,
    WebhookDocument,
    WebhookPage,
)

PATH = "/console/webhooks"
STATES = ("any", "dead", "pending", "delivered")
DELIVERIES = 50
OVERLAP_SECONDS = 24 * 3600


async def webhooks(visit: Visit) -> Response[bytes]:
    return await _list_page(visit)


async def _list_page(
    visit: Visit, *, typed_in: dict[str, str] | None = None, secret: str = ""
) -> Response[bytes]:
    number = page_of(visit)
    found = await visit.ask(ListWebhooks(page=number, per_page=PER_PAGE), WebhookPage)
    return rendered(
        visit,
        "webhooks.html",
        status=200 if typed_in is None else CONFLICT,
        found=found,
        pages=pages_of(visit, number, len(found.items), found.total),
        typed_in=typed_in or {},
        secret=secret,
        past=PAST,
    )


async def create(visit: Visit, fields: dict[str, str]) -> Response[bytes]:
    """The answer is the page itself: the secret is in it and nowhere else that can be read."""
    secret = secret_of(None)

    async def act() -> None:
        command = CreateWebhook(
            webhook_id=visit.call.parts.ids.new(),
            account_id=visit.caller.principal_id,
            url=fields.get("url", "").strip(),
            secret=PlainText(text=secret),
            description=fields.get("description", "").strip(),
            types=_types(fields),
        )
        accepted = await visit.call.command(command)
        question = GetWebhook(webhook_id=command.webhook_id)
        await visit.call.ask(question, WebhookDocument, after=accepted.position)

    if await done(visit, fields, act):
        return await _list_page(visit, secret=secret)
    return await _list_page(visit, typed_in=fields)


async def webhook(visit: Visit) -> Response[bytes]:
    return await _one_page(visit)


async def _one_page(
    visit: Visit, *, secret: str = "", status: int = 200, typed_in: dict[str, str] | None = None
) -> Response[bytes]:
    id_ = visit.path["webhook"]
    found = await visit.find(GetWebhook(webhook_id=id_), WebhookDocument)
    if found is None:
        return rendered(visit, "missing.html", status=404, what="webhook", name=id_)
    state: Any = word_of(visit, "state", STATES)
    before = visit.query.get("before", "")
    question = ListDeliveries(
        webhook_id=id_,
        state=None if state == "any" else state,
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None,
        limit=DELIVERIES,
    )
    deliveries = await visit.ask(question, DeliveryPage)
    return rendered(
        visit,
        "webhook.html",
        status=status,
        hook=found,
        deliveries=deliveries,
        state=state,
        states=STATES,
        secret=secret,
        typed_in=typed_in or {},
        past=PAST,
    )


async def rotate(visit: Visit, fields: dict[str, str]) -> Response[bytes]:
    secret = secret_of(None)

    async def act() -> None:
        question = GetWebhook(webhook_id=visit.path["webhook"])
        found = await visit.ask_now(question, WebhookDocument)
        accepted = await visit.call.command(to_rotate(found, secret, OVERLAP_SECONDS))
        await visit.call.ask(question, WebhookDocument, after=accepted.position)

    if await done(visit, fields, act):
        return await _one_page(visit, secret=secret)
    return await _one_page(visit, status=CONFLICT)


async def replay(visit: Visit, fields: dict[str, str]) -> Response[bytes]:
    position = visit.path["position"]
    if not position.isascii() or not position.isdigit() or len(position) > 18:
        return rendered(visit, "missing.html", status=404, what="delivery", name=position)

    async def act() -> None:
        question = GetWebhook(webhook_id=visit.path["webhook"])
        found = await visit.ask_now(question, WebhookDocument)
        command = ReplayDelivery(
            webhook_id=found.id, account_id=found.account_id, position=int(position)
        )
        await visit.call.command(command)

    if await done(visit, fields, act):
        return redirect(f"{PATH}/{visit.path['webhook']}")
    return await _one_page(visit, status=CONFLICT)


async def revise(visit: Visit, fields: dict[str, str]) -> Response[bytes]:
    """All that the form shows: what is emptied there is empty then."""

    async def act() -> None:
        question = GetWebhook(webhook_id=visit.path["webhook"])
        found = await visit.ask_now(question, WebhookDocument)
        command = ReviseWebhook(
            webhook_id=found.id,
            account_id=found.account_id,
            url=fields.get("url", "").strip(),
            description=fields.get("description", "").strip(),
            types=_types(fields),
            is_enabled=fields.get("enabled") == "yes",
        )
        accepted = await visit.call.command(command)
        await visit.call.ask(question, WebhookDocument, after=accepted.position)

    if await done(visit, fields, act):
        return redirect(f"{PATH}/{visit.path['webhook']}")
    return await _one_page(visit, status=CONFLICT, typed_in=fields)


async def remove(visit: Visit, fields: dict[str, str]) -> Response[bytes]:
    async def act() -> None:
        question = GetWebhook(webhook_id=visit.path["webhook"])
        found = await visit.ask_now(question, WebhookDocument)
        command = RemoveWebhook(webhook_id=found.id, account_id=found.account_id)
        accepted = await visit.call.command(command)
        await settle(visit.call, question, WebhookDocument, after=accepted.position)

    if await done(visit, fields, act):
        return redirect(visit.url(PATH))
    return await _one_page(visit, status=CONFLICT)


def _types(fields: dict[str, str]) -> tuple[str, ...]:
    return checked_types(fields.get("types", "").replace(",", " ").split())


HANDLERS: tuple[HTTPRouteHandler, ...] = (
    page(PATH, webhooks),
    form(PATH, create),
    page(f"{PATH}/{{webhook:str}}", webhook),
    form(f"{PATH}/{{webhook:str}}", revise),
    form(f"{PATH}/{{webhook:str}}/remove", remove),
    form(f"{PATH}/{{webhook:str}}/secret", rotate),
    form(f"{PATH}/{{webhook:str}}/deliveries/{{position:str}}/replay", replay),
)
