"""What may be asked of a subscription."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateSubscription:
    """`key_id` is the API key that will connect. `after`: the log position that the subscriber has
    seen already; None means that it begins with what comes after its own creation."""

    subscription_id: str
    account_id: str
    key_id: str
    name: str
    after: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveSubscription:
    subscription_id: str
    account_id: str


SubscriptionCommand = CreateSubscription | RemoveSubscription
