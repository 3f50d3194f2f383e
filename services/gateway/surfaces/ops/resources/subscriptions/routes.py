"""Subscriptions: an API key that follows all events of an account on the bus."""

from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.params import FromPath

from services.gateway.answer import Answer, answered, nothing
from services.gateway.call import Call, call_of
from services.gateway.operation import operation
from services.gateway.parameters import read_body, read_json, read_query
from services.gateway.refusals import BadFields, CommandRejected, Refused
from services.gateway.surfaces.ops.find import named_principal, settle
from services.gateway.surfaces.ops.paging import checked, pagination
from services.gateway.surfaces.ops.resources.subscriptions import translate, wire
from services.gateway.surfaces.ops.statuses import READ, WRITE
from shared.domain.rejections import NotFound
from shared.domain.subscription.commands import CreateSubscription, RemoveSubscription
from shared.queries.identity import ApiKeyDocument, GetApiKey
from shared.queries.subscriptions import (
    GetSubscription,
    ListSubscriptions,
    SubscriptionDocument,
    SubscriptionPage,
)

AnyRequest = Request[Any, Any, Any]


async def create_subscription(request: AnyRequest) -> Answer[wire.Subscription]:
    call = call_of(request)
    caller = call.signed_in
    call.fingerprinted = read_json(call.body)
    body = read_body(call.fingerprinted, wire.CreateSubscription)
    key_id = await _key_id(call, body.api_key)
    accepted = await call.command(
        CreateSubscription(
            subscription_id=call.parts.ids.new(),
            account_id=(
                caller.principal_id
                if body.account is None
                else await named_principal(call, "account", body.account)
            ),
            key_id=key_id,
            name=body.name,
            after=body.after,
        )
    )
    question = GetSubscription(subscription_id=accepted.subject_id)
    document = await call.ask(question, SubscriptionDocument, after=accepted.position)
    return answered(_shown(call, document), status=201)


async def _key_id(call: Call, given: str | None) -> str:
    """A key of the caller's, or of somebody whose keys he may write. A session is none: it ends."""
    key_id = given or call.signed_in.key_id
    try:
        document = await call.find(GetApiKey(key_id=key_id), ApiKeyDocument)
    except CommandRejected as rejected:
        if not isinstance(rejected.rejection, NotFound):
            raise
        document = None
    if document is None or document.revoked_at is not None:
        message = "must be the id of an API key that you may write"
        raise Refused(BadFields(problems=(("api_key", message),)))
    return document.id


async def list_subscriptions(request: AnyRequest) -> Answer[wire.SubscriptionList]:
    call = call_of(request)
    _ = call.signed_in
    query = read_query(call.parameters(), wire.ListQuery)
    checked(query)
    whose = query.account
    question = ListSubscriptions(
        account_id=None if whose is None else await named_principal(call, "account", whose),
        page=query.page,
        per_page=query.per_page,
    )
    page = await call.ask(question, SubscriptionPage)
    return answered(
        wire.SubscriptionList(
            data=[_shown(call, item) for item in page.items],
            pagination=pagination(query, page.total),
        )
    )


async def get_subscription(
    subscription: FromPath[str], request: AnyRequest
) -> Answer[wire.Subscription]:
    call = call_of(request)
    question = GetSubscription(subscription_id=subscription)
    return answered(_shown(call, await call.ask(question, SubscriptionDocument)))


async def delete_subscription(subscription: FromPath[str], request: AnyRequest) -> Response[None]:
    """Closes its connection, too."""
    call = call_of(request)
    account_id = await _account_id(call, subscription)
    accepted = await call.command(
        RemoveSubscription(subscription_id=subscription, account_id=account_id)
    )
    question = GetSubscription(subscription_id=subscription)
    await settle(call, question, SubscriptionDocument, after=accepted.position)
    return nothing()


async def _account_id(call: Call, subscription_id: str) -> str:
    """Where it is gone and the client repeats himself, the command process knows its answer."""
    try:
        question = GetSubscription(subscription_id=subscription_id)
        return (await call.find(question, SubscriptionDocument)).account_id
    except CommandRejected as rejected:
        if call.idempotency_key is None or not isinstance(rejected.rejection, NotFound):
            raise
        return call.signed_in.principal_id


def _shown(call: Call, document: SubscriptionDocument) -> wire.Subscription:
    parts = call.parts
    return translate.from_document(
        document, url=parts.settings.subscribers_url, installation=parts.installation
    )


_TAG = "subscriptions"
_MANY = "/ops/v1/subscriptions"
_ONE = "/ops/v1/subscriptions/{subscription:str}"

HANDLERS = (
    *operation(
        "POST",
        _MANY,
        create_subscription,
        summary="Subscribe to an account's events on the bus",
        tag=_TAG,
        status=HTTPStatus.CREATED,
        body=wire.CreateSubscription,
        refusals=WRITE,
    ),
    *operation(
        "GET",
        _MANY,
        list_subscriptions,
        summary="List subscriptions",
        tag=_TAG,
        query=wire.ListQuery,
        refusals=READ,
    ),
    *operation(
        "GET", _ONE, get_subscription, summary="Get a subscription", tag=_TAG, refusals=READ
    ),
    *operation(
        "DELETE",
        _ONE,
        delete_subscription,
        summary="Remove a subscription",
        tag=_TAG,
        status=HTTPStatus.NO_CONTENT,
        refusals=WRITE,
    ),
)
