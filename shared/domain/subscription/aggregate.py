"""The subscription aggregate, put together for the shell."""

from typing import get_args

from shared.domain.claim import Claim
from shared.domain.descriptor import Aggregate, Subject
from shared.domain.subscription.commands import CreateSubscription, SubscriptionCommand
from shared.domain.subscription.decide import decide
from shared.domain.subscription.events import SubscriptionEvent
from shared.domain.subscription.state import Absent, State, evolve


def subject(command: SubscriptionCommand) -> Subject:
    needed = command.account_id if isinstance(command, CreateSubscription) else None
    return Subject(id=command.subscription_id, principal_id=needed, account_id=needed)


def claims(state: State, event: SubscriptionEvent) -> tuple[Claim, ...]:
    return ()


SUBSCRIPTION = Aggregate(
    stream_type="subscription",
    commands=get_args(SubscriptionCommand),
    creating=(CreateSubscription,),
    events=get_args(SubscriptionEvent),
    initial=Absent(),
    evolve=evolve,
    decide=decide,
    subject=subject,
    claims=claims,
)
