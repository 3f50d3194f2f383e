"""Answers about subscriptions, and whether who shows a key may follow an account now.

Events of an account are all of them, whatever they are about: so following takes the right to
write subscriptions there, which its admins have."""

from pathlib import Path

from services.query.asked import Asked, Row
from services.query.paging import limits, page_of
from services.query.view import View
from services.query.views.subscriptions.projection import project
from shared.access.state import Key
from shared.domain.rejections import Forbidden, Invalid, NotFound, Unauthenticated
from shared.queries.subscriptions import (
    AdmitSubscriber,
    Admitted,
    AdmittedList,
    ConfirmSubscribers,
    GetSubscription,
    ListSubscriptionIds,
    ListSubscriptions,
    SubscriptionDocument,
    SubscriptionIds,
    SubscriptionPage,
)

FOLLOW = "subscription.write"
# Each that has ever connected keeps a consumer in the server.
PER_ACCOUNT_MAX = 100
IDS_MAX = 5000


async def get_subscription(
    question: GetSubscription, asked: Asked
) -> SubscriptionDocument | NotFound:
    row = await asked.row("get_subscription", subscription_id=question.subscription_id)
    if row is None or not _may_see(row[1], asked):
        return NotFound(kind="subscription", key=question.subscription_id)
    return _document(row)


async def list_subscriptions(question: ListSubscriptions, asked: Asked) -> SubscriptionPage:
    everyone = asked.index.is_installation_admin(asked.asker.id)
    asked_for = asked.index.principals if question.account_id is None else (question.account_id,)
    accounts = () if everyone else asked_for
    rows = await asked.rows(
        "list_subscriptions",
        everyone=everyone,
        accounts=[account for account in accounts if _may_see(account, asked)],
        account_id=question.account_id,
        **limits(question.page, question.per_page),
    )
    items, total = page_of(rows, _document)
    return SubscriptionPage(items=items, total=total)


def _may_see(account_id: str, asked: Asked) -> bool:
    return asked.index.may_in_account(asked.asker.id, FOLLOW, account_id)


def _document(row: Row) -> SubscriptionDocument:
    return SubscriptionDocument(
        id=row[0],
        account_id=row[1],
        key_id=row[2],
        name=row[3],
        after=row[4],
        created_at=row[5],
    )


async def admit(
    question: AdmitSubscriber, asked: Asked
) -> Admitted | Unauthenticated | NotFound | Invalid | Forbidden:
    key = asked.index.key_of_digest(question.digest, asked.now)
    if key is None or question.key_id not in (None, key.id):
        return Unauthenticated()
    rows = await asked.rows("list_of_key", key_id=key.id)
    named = [row for row in rows if _is_named(question.user, row, asked)]
    if not named:
        return NotFound(kind="subscription", key=question.user)
    if len(named) > 1:
        return Invalid(field="user", message="names several: name one by its id")
    id_, account_id, _, after, earlier = named[0]
    if not _may_follow(key, account_id, asked):
        return Forbidden(action=FOLLOW, resource=f"account:{account_id}")
    if earlier >= PER_ACCOUNT_MAX:
        return Forbidden(action=FOLLOW, resource=f"account:{account_id}", why="there are too many")
    return Admitted(subscription_id=id_, account_id=account_id, key_id=key.id, after=after)


def _is_named(user: str, row: Row, asked: Asked) -> bool:
    account = asked.index.principals.get(row[1])
    return user in ("", row[0], row[1]) or (account is not None and user == account.handle)


def _may_follow(key: Key, account_id: str, asked: Asked) -> bool:
    index = asked.index
    return index.principal_is_live(account_id) and index.may_in_account(
        key.principal_id, FOLLOW, account_id
    )


async def confirm(question: ConfirmSubscribers, asked: Asked) -> AdmittedList:
    rows = await asked.rows("list_by_id", ids=[item.subscription_id for item in question.items])
    wanted = {(item.subscription_id, item.key_id) for item in question.items}
    return AdmittedList(
        items=tuple(
            Admitted(subscription_id=id_, account_id=account_id, key_id=key_id, after=after)
            for id_, account_id, key_id, after in rows
            if (id_, key_id) in wanted
            and (key := asked.index.live_key(key_id, asked.now)) is not None
            and _may_follow(key, account_id, asked)
        )
    )


async def list_ids(question: ListSubscriptionIds, asked: Asked) -> SubscriptionIds:
    limit = min(max(question.limit, 1), IDS_MAX)
    rows = await asked.rows("list_ids", after=question.after, limit=limit)
    return SubscriptionIds(items=tuple(row[0] for row in rows))


SUBSCRIPTIONS = View(
    name="subscriptions",
    sql=Path(__file__).parent / "sql",
    streams=("subscription",),
    tables=("subscription",),
    project=project,
    # A key's revocation must have been seen, too: the access index is at least as far as these.
    reads=("subscriptions", "identity"),
    answers={
        GetSubscription: get_subscription,
        ListSubscriptions: list_subscriptions,
        AdmitSubscriber: admit,
        ConfirmSubscribers: confirm,
        ListSubscriptionIds: list_ids,
    },
)
