"""The rules of subscriptions. Whether the key may follow the account is asked at each connection,
because rights change and subscriptions stay."""

import re
from typing import assert_never

from shared.domain.facts import Facts
from shared.domain.rejections import Conflicting, Invalid, NotFound, Rejection
from shared.domain.subscription.commands import (
    CreateSubscription,
    RemoveSubscription,
    SubscriptionCommand,
)
from shared.domain.subscription.events import (
    SubscriptionCreated,
    SubscriptionEvent,
    SubscriptionRemoved,
)
from shared.domain.subscription.state import Absent, Live, State

Decision = tuple[SubscriptionEvent, ...] | Rejection

NAME_MAX = 100
POSITION_MAX = 2**53 - 1
_NAME = re.compile(r"[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?\Z")


def decide(command: SubscriptionCommand, state: State, facts: Facts) -> Decision:
    match command:
        case CreateSubscription():
            return _create(command, state, facts)
        case RemoveSubscription():
            if not isinstance(state, Live) or state.account_id != command.account_id:
                return NotFound(kind="subscription", key=command.subscription_id)
            return (SubscriptionRemoved(subscription_id=command.subscription_id),)
        case _:
            assert_never(command)


def _create(command: CreateSubscription, state: State, facts: Facts) -> Decision:
    if not isinstance(state, Absent):
        return Conflicting(state="exists", message="A subscription with this id exists.")
    if not facts.principal_is_live:
        return NotFound(kind="principal", key=command.account_id)
    if len(command.name) > NAME_MAX or not _NAME.match(command.name):
        return Invalid(field="name", message=f"must have 1 to {NAME_MAX} characters, no controls")
    if command.after is not None and not 0 <= command.after <= POSITION_MAX:
        return Invalid(field="after", message="must be a position of the log, or 0 for all of it")
    return (
        SubscriptionCreated(
            subscription_id=command.subscription_id,
            account_id=command.account_id,
            key_id=command.key_id,
            name=command.name,
            after=command.after,
        ),
    )
