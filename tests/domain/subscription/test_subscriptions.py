"""Subscriptions: how one begins and ends."""

from dataclasses import replace

import pytest

from shared.domain.facts import Facts
from shared.domain.rejections import Conflicting, Invalid, NotFound
from shared.domain.subscription.commands import CreateSubscription, RemoveSubscription
from shared.domain.subscription.events import SubscriptionCreated, SubscriptionRemoved
from tests.support.given import given

SUBSCRIPTION, ACCOUNT, KEY = "1a" * 12, "2b" * 12, "3c" * 12
CREATE = CreateSubscription(
    subscription_id=SUBSCRIPTION, account_id=ACCOUNT, key_id=KEY, name="warehouse", after=7
)
CREATED = SubscriptionCreated(
    subscription_id=SUBSCRIPTION, account_id=ACCOUNT, key_id=KEY, name="warehouse", after=7
)
REMOVE = RemoveSubscription(subscription_id=SUBSCRIPTION, account_id=ACCOUNT)
REMOVED = SubscriptionRemoved(subscription_id=SUBSCRIPTION)


def test_a_subscription_is_created_and_claims_nothing() -> None:
    given().when(CREATE).then(CREATED).then_claimed()


def test_one_without_a_position_begins_with_what_comes() -> None:
    given().when(replace(CREATE, after=None)).then(replace(CREATED, after=None))


@pytest.mark.parametrize("name", ["", " ", " x", "x ", "x" * 101, "a\nb", "a\x00b", "a\x7fb"])
def test_what_is_no_name_is_refused(name: str) -> None:
    given().when(replace(CREATE, name=name)).then_rejected(Invalid, field="name")


@pytest.mark.parametrize("after", [-1, 2**53])
def test_what_is_no_position_is_refused(after: int) -> None:
    given().when(replace(CREATE, after=after)).then_rejected(Invalid, field="after")


def test_an_account_that_is_gone_has_no_subscribers() -> None:
    given().when(CREATE, Facts()).then_rejected(NotFound, kind="principal", key=ACCOUNT)


def test_an_id_is_used_once() -> None:
    given(CREATED).when(CREATE).then_rejected(Conflicting, state="exists")
    given(CREATED, REMOVED).when(CREATE).then_rejected(Conflicting, state="exists")


def test_it_is_removed_once() -> None:
    given(CREATED).when(REMOVE).then(REMOVED)
    given(CREATED, REMOVED).when(REMOVE).then_rejected(NotFound, kind="subscription")


def test_nobody_removes_it_in_the_name_of_another_account() -> None:
    foreign = replace(REMOVE, account_id="ff" * 12)
    given(CREATED).when(foreign).then_rejected(NotFound, kind="subscription")
    given().when(REMOVE).then_rejected(NotFound, kind="subscription")
