"""Who may follow which account on the bus, asked of the real view."""

from shared.domain.api_key.events import ApiKeyRevoked
from shared.domain.principal.events import MemberSet
from shared.domain.rejections import Forbidden, Invalid, NotFound, Unauthenticated
from shared.domain.subscription.events import SubscriptionCreated, SubscriptionRemoved
from shared.envelope.messages import Rejected
from shared.kernel.actor import process_actor
from shared.queries.subscriptions import (
    AdmitSubscriber,
    Admitted,
    AdmittedList,
    ConfirmSubscribers,
    GetSubscription,
    ListSubscriptionIds,
    ListSubscriptions,
    Subscriber,
    SubscriptionIds,
)
from tests.views.world import Person, World


async def subscription(
    world: World, account: str, key: str, *, after: int | None = None
) -> tuple[str, int]:
    """Answers its id and the position of its creation."""
    id_ = world.new_id()
    created = SubscriptionCreated(
        subscription_id=id_, account_id=account, key_id=key, name="x", after=after
    )
    return id_, await world.happened(created, account=account)


async def admitted(
    world: World, person: Person, user: str, key_id: str | None = None
) -> Admitted | object:
    question = AdmitSubscriber(digest=f"digest-of-{person.handle}", key_id=key_id, user=user)
    answer = await world.ask(question, process_actor("callout"), publisher="callout")
    return answer.rejection if isinstance(answer, Rejected) else getattr(answer, "document", answer)


async def confirmed(world: World, *pairs: tuple[str, str]) -> set[str]:
    items = tuple(Subscriber(subscription_id=id_, key_id=key) for id_, key in pairs)
    document = await world.told(ConfirmSubscribers(items=items), "callout")
    assert isinstance(document, AdmittedList)
    return {each.subscription_id for each in document.items}


async def test_a_key_is_admitted_to_its_own_subscription_from_its_position(world: World) -> None:
    ada, ben = await world.person("ada"), await world.person("ben")
    from_now, position = await subscription(world, ada.id, ada.key)
    from_start, _ = await subscription(world, ada.id, ada.key, after=0)
    await world.project()
    assert await admitted(world, ada, from_now, ada.key) == Admitted(
        subscription_id=from_now, account_id=ada.id, key_id=ada.key, after=position
    )
    document = await admitted(world, ada, from_start)
    assert isinstance(document, Admitted) and document.after == 0
    assert isinstance(await admitted(world, ben, from_now), NotFound)
    assert isinstance(await admitted(world, ada, from_now, ben.key), Unauthenticated)
    for ambiguous in (ada.id, "ada", ""):
        assert isinstance(await admitted(world, ada, ambiguous), Invalid)
    for wrong in (ben.id, "ben", "x"):
        assert isinstance(await admitted(world, ada, wrong), NotFound)


async def test_who_is_no_admin_of_an_account_does_not_follow_it(world: World) -> None:
    ada, ben = await world.person("ada"), await world.person("ben")
    organization, _ = await world.organization("acme", ada)
    id_, _ = await subscription(world, organization, ben.key)
    await world.project()
    assert isinstance(await admitted(world, ben, id_), Forbidden)
    for role, may in (("viewer", False), ("member", False), ("admin", True), ("member", False)):
        changed = MemberSet(
            principal_id=organization,
            member_id=ben.id,
            role=role,  # type: ignore[arg-type]  # each is one
        )
        await world.happened(changed)
        await world.project()
        assert isinstance(await admitted(world, ben, "acme"), Admitted) is may
        assert await confirmed(world, (id_, ben.key)) == ({id_} if may else set())


async def test_only_what_is_still_so_is_confirmed(world: World) -> None:
    ada, ben = await world.person("ada"), await world.person("ben")
    gone, _ = await subscription(world, ada.id, ada.key)
    kept, _ = await subscription(world, ada.id, ada.key)
    other, _ = await subscription(world, ben.id, ben.key)
    await world.project()
    pairs = ((gone, ada.key), (kept, ada.key), (other, ben.key), (kept, ben.key), ("x", "y"))
    assert await confirmed(world, *pairs) == {gone, kept, other}
    await world.happened(SubscriptionRemoved(subscription_id=gone))
    await world.happened(ApiKeyRevoked(key_id=ben.key, principal_id=ben.id))
    await world.project()
    assert await confirmed(world, *pairs) == {kept}
    ids = await world.told(ListSubscriptionIds(), "callout")
    assert ids == SubscriptionIds(items=tuple(sorted((kept, other))))
    assert await world.told(ListSubscriptionIds(after=max(kept, other)), "callout") == (
        SubscriptionIds(items=())
    )


async def test_a_subscription_is_shown_to_admins_of_its_account_at_every_moment(
    world: World,
) -> None:
    ada, ben = await world.person("ada"), await world.person("ben")
    root = await world.person("root", admin=True)
    id_, position = await subscription(world, ada.id, ada.key, after=3)
    await world.happened(SubscriptionRemoved(subscription_id=id_))
    await world.project()
    question = GetSubscription(subscription_id=id_)
    for who in (ada, root):
        shown = await world.shown(question, who, as_of=position)
        assert (shown.id, shown.key_id, shown.after) == (id_, ada.key, 3)
        page = await world.shown(ListSubscriptions(), who, as_of=position)
        assert (page.items, page.total) == ((shown,), 1)
        assert isinstance(await world.refused(question, who), NotFound)
    assert isinstance(await world.refused(question, ben, as_of=position), NotFound)
    page = await world.shown(ListSubscriptions(account_id=ada.id), ben, as_of=position)
    assert page.total == 0


async def test_nobody_but_the_callout_asks_who_may_enter(world: World) -> None:
    ada = await world.person("ada", admin=True)
    await world.project()
    for question in (
        AdmitSubscriber(digest="digest-of-ada", key_id=None, user=""),
        ConfirmSubscribers(items=()),
        ListSubscriptionIds(),
    ):
        assert isinstance(await world.refused(question, ada), Forbidden)
        for process in ("gateway", "scheduler"):
            actor = process_actor(process)
            refused = await world.refused(question, actor, publisher=process)
            assert isinstance(refused, Forbidden)
