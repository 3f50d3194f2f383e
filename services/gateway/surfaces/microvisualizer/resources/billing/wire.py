"""Billing on the wire."""

from typing import Literal

from pydantic import BaseModel

from services.gateway.parameters import Body

Cycle = Literal["monthly", "annual"]


class SubscriptionGet(BaseModel):
    status: Literal["none", "active", "trialing", "past_due", "paused", "canceled"]
    planName: str | None = None
    currentPeriodEnd: str | None = None
    paddleCustomerId: str | None = None
    paddleSubscriptionId: str | None = None
    billingCycle: Cycle | None = None
    nextBilledAt: str | None = None


class PortalSessionGet(BaseModel):
    url: str


class AiCreditsGet(BaseModel):
    remaining: float
    resetsAt: str | None = None


class SubscriptionSwitchCycle(Body):
    billingCycle: Cycle
