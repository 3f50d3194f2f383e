"""Billing, honestly: one plan, self-hosted and unlimited, which nobody pays for here. What only a
paid plan has answers its published 404."""

from typing import Any

from litestar import Request, Response

from services.gateway.answer import Answer
from services.gateway.call import call_of
from services.gateway.operation import operation
from services.gateway.parameters import read_body, read_json
from services.gateway.refusals import CommandRejected, Refused
from services.gateway.surfaces.microvisualizer.errors import invalid_billing_cycle, respond
from services.gateway.surfaces.microvisualizer.resources.billing import wire
from services.gateway.surfaces.microvisualizer.sparse import Sparse, sparse
from services.gateway.surfaces.microvisualizer.statuses import ALWAYS
from services.gateway.surfaces.microvisualizer.unlimited import UNLIMITED
from shared.domain.rejections import NotFound

AnyRequest = Request[Any, Any, Any]
PLAN = "Self-hosted, unlimited"


async def get_subscription(request: AnyRequest) -> Sparse[wire.SubscriptionGet]:
    _ = call_of(request).signed_in
    return sparse(wire.SubscriptionGet(status="active", planName=PLAN))


async def create_portal_session(request: AnyRequest) -> Answer[wire.PortalSessionGet]:
    _ = call_of(request).signed_in
    raise CommandRejected(NotFound(kind="customer", key=""))


async def get_ai_credits(request: AnyRequest) -> Sparse[wire.AiCreditsGet]:
    """None where nobody has named an API that answers; unlimited where somebody has."""
    call = call_of(request)
    _ = call.signed_in
    remaining = UNLIMITED if call.parts.settings.ai_endpoint else 0
    return sparse(wire.AiCreditsGet(remaining=remaining))


async def switch_billing_cycle(request: AnyRequest) -> Response[bytes]:
    call = call_of(request)
    _ = call.signed_in
    try:
        read_body(read_json(call.body), wire.SubscriptionSwitchCycle)
    except Refused:
        return respond(invalid_billing_cycle())
    raise CommandRejected(NotFound(kind="subscription", key=""))


_TAG = "Billing"

HANDLERS = (
    *operation(
        "GET",
        "/v1/billing/subscription",
        get_subscription,
        summary="Get the subscription",
        tag=_TAG,
        refusals=ALWAYS,
        operation_id="getSubscription",
    ),
    *operation(
        "POST",
        "/v1/billing/portal-session",
        create_portal_session,
        summary="Open the billing portal",
        tag=_TAG,
        refusals=(*ALWAYS, 403, 404),
        operation_id="createPortalSession",
    ),
    *operation(
        "GET",
        "/v1/billing/ai-credits",
        get_ai_credits,
        summary="Get AI credits",
        tag=_TAG,
        refusals=ALWAYS,
        operation_id="getAiCredits",
    ),
    *operation(
        "POST",
        "/v1/billing/subscription/switch-cycle",
        switch_billing_cycle,
        summary="Switch the billing cycle",
        tag=_TAG,
        body=wire.SubscriptionSwitchCycle,
        answer=wire.SubscriptionGet,
        refusals=(*ALWAYS, 403, 404, 413),
        operation_id="switchBillingCycle",
    ),
)
