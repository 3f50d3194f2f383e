"""Webhooks: where events are posted to, by the Standard Webhooks specification."""

from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from services.gateway.answer import Answer, answered, nothing
from services.gateway.call import Call, call_of
from services.gateway.operation import operation
from services.gateway.parameters import read_body, read_json, read_query
from services.gateway.surfaces.ops.find import named_principal, project_id_of, scope_id, settle
from services.gateway.surfaces.ops.history import refused
from services.gateway.surfaces.ops.paging import checked, pagination
from services.gateway.surfaces.ops.resources.webhooks import translate, wire
from services.gateway.surfaces.ops.statuses import READ, WRITE
from shared.domain.webhook.commands import RemoveWebhook, ReplayDelivery
from shared.queries.webhooks import (
    DeliveryPage,
    GetWebhook,
    ListDeliveries,
    ListWebhooks,
    WebhookDocument,
    WebhookPage,
)

AnyRequest = Request[Any, Any, Any]
DELIVERIES_MAX = 200


async def create_webhook(request: AnyRequest) -> Answer[wire.WebhookWithSecret]:
    call = call_of(request)
    body: wire.CreateWebhook = _body(call, wire.CreateWebhook)
    account, project = body.account, body.project
    secret = translate.secret_of(body.secret)
    accepted = await call.command(
        translate.to_create(
            body,
            webhook_id=call.parts.ids.new(),
            account_id=call.signed_in.principal_id
            if account is None
            else await named_principal(call, "account", account),
            project_id=None if project is None else await project_id_of(call, project),
            secret=secret,
        )
    )
    question = GetWebhook(webhook_id=accepted.subject_id)
    document = await call.ask(question, WebhookDocument, after=accepted.position)
    shown = None if accepted.replayed else secret
    return answered(translate.with_secret(document, shown), status=201)


async def list_webhooks(request: AnyRequest) -> Answer[wire.WebhookList]:
    call = call_of(request)
    _ = call.signed_in
    query = read_query(call.parameters(), wire.ListQuery)
    checked(query)
    question = ListWebhooks(
        account_id=await scope_id(call, "account", query.account),
        page=query.page,
        per_page=query.per_page,
    )
    page = await call.ask(question, WebhookPage)
    return answered(
        wire.WebhookList(
            data=[translate.from_document(item) for item in page.items],
            pagination=pagination(query, page.total),
        )
    )


async def get_webhook(webhook: FromPath[str], request: AnyRequest) -> Answer[wire.Webhook]:
    call = call_of(request)
    _ = call.signed_in
    document = await call.ask(GetWebhook(webhook_id=webhook), WebhookDocument)
    return answered(translate.from_document(document))


async def revise_webhook(webhook: FromPath[str], request: AnyRequest) -> Answer[wire.Webhook]:
    call = call_of(request)
    body: wire.ReviseWebhook = _body(call, wire.ReviseWebhook)
    found = await _found(call, webhook)
    project = body.project
    project_id = None if project is None else await project_id_of(call, project)
    accepted = await call.command(translate.to_revise(body, webhook=found, project_id=project_id))
    question = GetWebhook(webhook_id=webhook)
    document = await call.ask(question, WebhookDocument, after=accepted.position)
    return answered(translate.from_document(document))


async def rotate_secret(
    webhook: FromPath[str], request: AnyRequest
) -> Answer[wire.WebhookWithSecret]:
    call = call_of(request)
    body: wire.RotateSecret = _body(call, wire.RotateSecret)
    found = await _found(call, webhook)
    secret = translate.secret_of(body.secret)
    accepted = await call.command(translate.to_rotate(found, secret, body.overlap_seconds))
    question = GetWebhook(webhook_id=webhook)
    document = await call.ask(question, WebhookDocument, after=accepted.position)
    return answered(translate.with_secret(document, None if accepted.replayed else secret))


async def remove_webhook(webhook: FromPath[str], request: AnyRequest) -> Response[None]:
    call = call_of(request)
    found = await _found(call, webhook)
    accepted = await call.command(RemoveWebhook(webhook_id=found.id, account_id=found.account_id))
    await settle(call, GetWebhook(webhook_id=webhook), WebhookDocument, after=accepted.position)
    return nothing()


async def list_deliveries(webhook: FromPath[str], request: AnyRequest) -> Answer[wire.DeliveryList]:
    call = call_of(request)
    _ = call.signed_in
    query = read_query(call.parameters(), wire.DeliveryQuery)
    if not 1 <= query.limit <= DELIVERIES_MAX:
        raise refused("limit", f"must be from 1 to {DELIVERIES_MAX}")
    question = ListDeliveries(
        webhook_id=webhook, state=query.state, before=query.before, limit=query.limit
    )
    page = await call.ask(question, DeliveryPage)
    return answered(
        wire.DeliveryList(
            data=[translate.from_delivery(item) for item in page.items],
            next_before=page.next_before,
        )
    )


async def replay_delivery(
    webhook: FromPath[str], position: FromPath[str], request: AnyRequest
) -> Answer[wire.Replay]:
    call = call_of(request)
    found = await _found(call, webhook)
    if not position.isascii() or not position.isdigit() or len(position) > 18:
        raise refused("position", "must be a position of the log")
    await call.command(
        ReplayDelivery(webhook_id=found.id, account_id=found.account_id, position=int(position))
    )
    return answered(wire.Replay(position=int(position)), status=202)


async def _found(call: Call, webhook: str) -> WebhookDocument:
    _ = call.signed_in
    return await call.find(GetWebhook(webhook_id=webhook), WebhookDocument)


def _body(call: Call, model: type[Any]) -> Any:
    _ = call.signed_in  # 401 comes before everything else.
    call.fingerprinted = read_json(call.body) if call.body else {}
    return read_body(call.fingerprinted, model)


_TAG = "webhooks"
_MANY = "/ops/v1/webhooks"
_ONE = "/ops/v1/webhooks/{webhook:str}"

HANDLERS: tuple[HTTPRouteHandler, ...] = (
    *operation(
        "POST",
        _MANY,
        create_webhook,
        summary="Have events posted to a URL",
        tag=_TAG,
        status=HTTPStatus.CREATED,
        body=wire.CreateWebhook,
        refusals=WRITE,
    ),
    *operation(
        "GET",
        _MANY,
        list_webhooks,
        summary="List webhooks",
        tag=_TAG,
        query=wire.ListQuery,
        refusals=READ,
    ),
    *operation("GET", _ONE, get_webhook, summary="Get a webhook", tag=_TAG, refusals=READ),
    *operation(
        "PATCH",
        _ONE,
        revise_webhook,
        summary="Change a webhook",
        tag=_TAG,
        body=wire.ReviseWebhook,
        refusals=WRITE,
    ),
    *operation(
        "DELETE",
        _ONE,
        remove_webhook,
        summary="Remove a webhook",
        tag=_TAG,
        status=HTTPStatus.NO_CONTENT,
        refusals=WRITE,
    ),
    *operation(
        "POST",
        f"{_ONE}/secret",
        rotate_secret,
        summary="Give it a new secret",
        tag=_TAG,
        body=wire.RotateSecret,
        refusals=WRITE,
    ),
    *operation(
        "GET",
        f"{_ONE}/deliveries",
        list_deliveries,
        summary="List deliveries, newest first; `state=dead` are those given up",
        tag=_TAG,
        query=wire.DeliveryQuery,
        refusals=READ,
    ),
    *operation(
        "POST",
        f"{_ONE}/deliveries/{{position:str}}/replay",
        replay_delivery,
        summary="Deliver the event at this position again",
        tag=_TAG,
        status=HTTPStatus.ACCEPTED,
        refusals=WRITE,
    ),
)
