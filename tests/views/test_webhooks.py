"""Webhooks as they are shown, to those who manage them; and to the deliverer, with the secret."""

from shared.domain.principal.events import MemberSet
from shared.domain.rejections import NotFound
from shared.domain.webhook.events import (
    WebhookCreated,
    WebhookRemoved,
    WebhookRevised,
    WebhookSecretRotated,
)
from shared.queries.audit import FollowLog
from shared.queries.webhooks import (
    GetWebhook,
    ListDeliveries,
    ListWebhooks,
    ListWebhookTargets,
    WebhookTarget,
)
from tests.views.world import Person, World


async def webhook(world: World, owner: Person, url: str = "https://a.example/") -> str:
    id_ = world.new_id()
    ref, row = await world.vault.seal(owner.id, id_, "secret", "whsec_canary")
    created = WebhookCreated(
        webhook_id=id_, account_id=owner.id, url=url,
        secret=ref, description="", types=("service.*",),
        project_id=None, is_enabled=True,
    )  # fmt: skip
    await world.happened(created, account=owner.id, secrets=(row,))
    return id_


def revised(id_: str, *, is_enabled: bool) -> WebhookRevised:
    return WebhookRevised(
        webhook_id=id_, url="https://b.example/", description="d", types=(), project_id=None,
        is_enabled=is_enabled, changed=("url",),
    )  # fmt: skip


async def test_a_webhook_is_shown_as_it_was_and_gone_when_it_ended(world: World) -> None:
    ada = await world.person("ada")
    id_ = await webhook(world, ada)
    before = await world.store.head()
    await world.happened(revised(id_, is_enabled=True))
    await world.project()
    question = GetWebhook(webhook_id=id_)
    assert (await world.shown(question, ada)).url == "https://b.example/"
    then = await world.shown(question, ada, as_of=before)
    assert (then.url, then.types) == ("https://a.example/", ("service.*",))
    await world.happened(WebhookRemoved(webhook_id=id_))
    await world.project()
    assert await world.refused(question, ada) == NotFound(kind="webhook", key=id_)
    assert (await world.shown(ListWebhooks(), ada)).total == 0


async def test_only_who_may_manage_them_sees_them(world: World) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    root = await world.person("root", admin=True)
    id_ = await webhook(world, ada)
    await world.project()
    for person, total in ((ada, 1), (bob, 0), (root, 1)):
        assert (await world.shown(ListWebhooks(), person)).total == total
    foreign = await world.refused(GetWebhook(webhook_id=id_), bob)
    unknown = await world.refused(GetWebhook(webhook_id="ab" * 12), bob)
    assert (foreign, unknown) == (
        NotFound(kind="webhook", key=id_), NotFound(kind="webhook", key="ab" * 12),
    )  # fmt: skip
    assert isinstance(await world.refused(ListDeliveries(webhook_id=id_), bob), NotFound)
    assert isinstance(await world.refused(ListWebhooks(account_id=ada.id), bob), NotFound)
    acme, _ = await world.organization("acme", ada)
    await world.happened(MemberSet(principal_id=acme, member_id=bob.id, role="viewer"))
    await world.project()
    assert isinstance(await world.refused(ListWebhooks(account_id=acme), bob), NotFound)


async def test_the_deliverer_gets_enabled_ones_with_their_newest_secret(world: World) -> None:
    ada = await world.person("ada")
    id_ = await webhook(world, ada)
    made = await world.store.head()
    off = await webhook(world, ada)
    await world.happened(revised(off, is_enabled=False))
    ref, row = await world.vault.seal(ada.id, id_, "secret", "whsec_newer")
    await world.happened(
        WebhookSecretRotated(webhook_id=id_, secret=ref),
        secrets=(row,),
    )
    await world.project()
    found = await world.told(ListWebhookTargets(), "webhooks")
    (target,) = found.items
    assert (target.id, target.secret, target.since) == (id_, "whsec_newer", made)
    await world.vault.erase(ada.id, id_)
    (target,) = (await world.told(ListWebhookTargets(), "webhooks")).items
    assert target.secret is None


async def test_a_former_secret_is_handed_out_and_shown_until_its_time_is_over(
    world: World,
) -> None:
    ada = await world.person("ada")
    id_ = await webhook(world, ada)
    first = (await former_of(world)).secret
    for overlap, kept in ((3600, first), (0, None)):
        ref, row = await world.vault.seal(ada.id, id_, "secret", f"whsec_{overlap}")
        rotated = WebhookSecretRotated(webhook_id=id_, secret=ref, overlap_seconds=overlap)
        await world.happened(rotated, secrets=(row,))
        await world.happened(revised(id_, is_enabled=True))
        target = await former_of(world)
        assert (target.secret, target.former_secret) == (f"whsec_{overlap}", kept)
        shown = (await world.shown(GetWebhook(webhook_id=id_), ada)).former_secret_until
        assert shown == target.former_until
        assert (shown is not None) == (overlap > 0)


async def former_of(world: World) -> WebhookTarget:
    await world.project()
    (target,) = (await world.told(ListWebhookTargets(), "webhooks")).items
    assert isinstance(target, WebhookTarget)
    return target


async def test_the_deliverer_follows_the_log_of_one_account(world: World) -> None:
    ada = await world.person("ada")
    await world.person("bob")
    await world.project()
    page = await world.told(FollowLog(account_id=ada.id), "webhooks")
    assert {event.account_id for event in page.events} == {ada.id}
    assert page.events[0].type == "principal.user_created"
