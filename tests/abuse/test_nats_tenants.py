"""A tenant on the bus gets the events of his account and nothing else, whatever he tries
(THREATS A8, rows 45 to 47)."""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import nats
import pytest
from nats.aio.msg import Msg

from shared.bus.subjects import EVENT_STREAM, inbox_prefix
from tests.abuse.subscriber import Subscriber, connected, subscribed
from tests.support.outpost import Outpost, admin, tenant
from tests.support.stack import Stack

CLOSED_SECONDS = 1.5


def new_tenant(stack: Stack, name: str) -> Outpost:
    """The stack is shared, and so are its handles."""
    return tenant(stack, f"{name}-{secrets.token_hex(4)}")


def key_id(who: Outpost) -> str:
    return str(who.token.split("_")[1])


def account_id(who: Outpost) -> str:
    return str(who.ops("GET", "whoami").body["principal_id"])


def something_happens(who: Outpost) -> None:
    """An event of this account: `project.created`."""
    handle = f"p-{secrets.token_hex(5)}"
    made = who.ops("POST", "projects", {"name": handle, "handle": handle})
    assert made.status == 201, made


def sequences(events: list[Msg]) -> list[int]:
    return [int(json.loads(event.data)["sequence"]) for event in events]


async def until_closed(subscriber: Subscriber) -> float:
    """How long it took."""
    began = time.monotonic()
    while not subscriber.client.is_closed and time.monotonic() - began < 10:
        await asyncio.sleep(0.01)
    assert subscriber.client.is_closed
    return time.monotonic() - began


async def refused(told: dict[str, Any], secret: str, **given: Any) -> bool:
    try:
        async with connected(told, secret, **given):
            return False
    except nats.errors.Error as error:
        return "authorization violation" in str(error).lower()


@asynccontextmanager
async def spying(stack: Stack) -> AsyncIterator[list[Msg]]:
    """What the command process hears from the gateway: the same user, the same subject."""
    heard: list[Msg] = []

    async def hear(message: Msg) -> None:
        heard.append(message)

    password = (stack.data_dir / "keys" / "nats" / "command").read_text().strip()
    client = await nats.connect(
        f"nats://127.0.0.1:{(stack.data_dir / 'nats' / 'port').read_text().strip()}",
        user="command",
        password=password,
        inbox_prefix=inbox_prefix("command").encode(),
    )
    await client.subscribe("commands.gateway.*", cb=hear)
    await client.flush()
    try:
        yield heard
    finally:
        await client.close()


async def test_a_subscriber_gets_the_events_of_his_account_in_order_and_no_others(
    stack: Stack,
) -> None:
    acme, beta = new_tenant(stack, "acme"), new_tenant(stack, "beta")
    told = subscribed(acme, after=0)
    for _ in range(3):
        something_happens(beta)
        something_happens(acme)
    async with connected(told, acme.token) as subscriber:
        events = await subscriber.events(7)
        assert await subscriber.nothing_comes()
        assert subscriber.violations == []
    own = f"events.{account_id(acme)}."
    assert all(event.subject.startswith(own) for event in events)
    assert sequences(events) == sorted(sequences(events))
    assert [json.loads(event.data)["type"] for event in events] == [
        "principal.user_created",
        "project.created",
        "api_key.issued",
        "subscription.created",
        *["project.created"] * 3,
    ]


async def test_what_was_acknowledged_does_not_come_again_and_a_start_in_the_middle_is_kept(
    stack: Stack,
) -> None:
    acme = new_tenant(stack, "acme")
    from_start, from_now = subscribed(acme, after=0), subscribed(acme)
    something_happens(acme)
    async with connected(from_start, acme.token) as subscriber:
        first = await subscriber.events(4)
    async with connected(from_start, acme.token) as subscriber:
        second = await subscriber.events(2)
    async with connected(from_now, acme.token) as subscriber:
        now = await subscriber.events(1)
    whole = sequences(first + second)
    assert whole == sorted(set(whole))
    assert json.loads(now[0].data)["type"] == "project.created"
    assert sequences(now) == sequences(second)[-1:]


async def test_the_usual_clients_pull_works(stack: Stack) -> None:
    acme = new_tenant(stack, "acme")
    told = subscribed(acme, after=0)
    async with connected(told, acme.token) as subscriber:
        pull = await subscriber.client.jetstream().pull_subscribe_bind(
            told["consumer"], stream=told["stream"]
        )
        events = await pull.fetch(4, timeout=5)
        for event in events:
            await event.ack()
        await subscriber.settled()
        assert len(events) == 4
        assert subscriber.violations == []


def unheard(mine: dict[str, Any], other: dict[str, Any], foreign: str) -> list[str]:
    """Subjects that no subscriber may publish to."""
    name, consumer = mine["consumer"], other["consumer"]
    api = "$JS.API"
    return [
        # Another's consumer, his acknowledgements and his inbox.
        other["next_subject"],
        f"$JS.ACK.{EVENT_STREAM}.{consumer}.1.1.1.1.0",
        f"{other['inbox_prefix']}.events.1",
        # Consumers of one's own making: with a foreign filter, with none, pushed to a subject.
        f"{api}.CONSUMER.CREATE.{EVENT_STREAM}",
        f"{api}.CONSUMER.CREATE.{EVENT_STREAM}.mine",
        f"{api}.CONSUMER.CREATE.{EVENT_STREAM}.{name}",
        f"{api}.CONSUMER.CREATE.{EVENT_STREAM}.{name}.events.{foreign}.>",
        f"{api}.CONSUMER.CREATE.{EVENT_STREAM}.{name}.{mine['events']}",
        f"{api}.CONSUMER.DURABLE.CREATE.{EVENT_STREAM}.{name}",
        # The rest of JetStream.
        f"{api}.INFO",
        f"{api}.STREAM.NAMES",
        f"{api}.STREAM.LIST",
        f"{api}.STREAM.CREATE.MINE",
        *(
            f"{api}.STREAM.{verb}.{EVENT_STREAM}"
            for verb in ("INFO", "UPDATE", "DELETE", "PURGE", "SNAPSHOT", "RESTORE")
        ),
        f"{api}.STREAM.MSG.GET.{EVENT_STREAM}",
        f"{api}.STREAM.MSG.DELETE.{EVENT_STREAM}",
        f"{api}.DIRECT.GET.{EVENT_STREAM}",
        f"{api}.DIRECT.GET.{EVENT_STREAM}.events.{foreign}.>",
        *(
            f"{api}.CONSUMER.{verb}.{EVENT_STREAM}.{name}"
            for verb in ("INFO", "DELETE", "PAUSE", "UNPIN", "RESET", "LEADER.STEPDOWN")
        ),
        f"{api}.CONSUMER.NAMES.{EVENT_STREAM}",
        f"{api}.CONSUMER.LIST.{EVENT_STREAM}",
        f"{api}.CONSUMER.MSG.NEXT.KV_routes.{name}",
        f"{api}.DIRECT.GET.KV_routes.$KV.routes.x",
        "$JS.FC.x",
        "$KV.routes.x",
        # Our own subjects, and the server's.
        "commands.gateway.service",
        "commands.command.service",
        "questions.gateway.services",
        "questions.callout.subscriptions",
        "events.made.up.by.me",
        f"events.{foreign}.service.x.registered",
        f"{mine['events'][:-1]}service.x.registered",
        "health.command",
        "hints.appended",
        "$SYS.REQ.USER.AUTH",
        "$SYS.REQ.USER.INFO",
        "$SYS.REQ.SERVER.PING",
        "$SYS.REQ.SERVER.PING.CONNZ",
        "$SYS.REQ.ACCOUNT.PING.CONNZ",
        "$SYS.REQ.ACCOUNT.TENANTS.CONNZ",
        "$SYS.REQ.SERVER.x.KICK",
        "_R_.x",
        "_INBOX_gateway.x",
        "anything",
    ]


def unheard_of(other: dict[str, Any], foreign: str) -> list[str]:
    """Subjects that no subscriber may subscribe to."""
    return [
        ">",
        "*",
        "*.>",
        "events.>",
        "events.*.>",
        f"events.{foreign}.>",
        other["events"],
        "commands.>",
        "questions.>",
        "_INBOX.>",
        f"{other['inbox_prefix']}.>",
        "_INBOX_gateway.>",
        "_R_.>",
        "$JS.>",
        "$JS.API.>",
        "$JS.ACK.>",
        "$JS.EVENT.>",
        "$KV.>",
        "$SYS.>",
        "$SYS.REQ.USER.AUTH",
        "health.*",
        "anything",
    ]


async def test_every_other_subject_is_refused_in_the_servers_own_words(stack: Stack) -> None:
    acme, beta = new_tenant(stack, "acme"), new_tenant(stack, "beta")
    mine, other = subscribed(acme, after=0), subscribed(beta, after=0)
    foreign = account_id(beta)
    body = json.dumps(
        {
            "stream_name": EVENT_STREAM,
            "config": {"name": "mine", "deliver_subject": f"{mine['inbox_prefix']}.events.x"},
        }
    ).encode()
    async with connected(other, beta.token) as victim, connected(mine, acme.token) as attacker:
        something_happens(beta)
        for subject in unheard(mine, other, foreign):
            before = len(attacker.violations)
            reply = f"{mine['inbox_prefix']}.events.x"
            await attacker.client.publish(subject, body, reply=reply)
            await attacker.settled()
            assert attacker.violations[before:] == [
                f'nats: permissions violation for publish to "{subject.lower()}"'
            ]
        for subject in unheard_of(other, foreign):
            before = len(attacker.violations)
            heard = await attacker.client.subscribe(subject)
            await attacker.settled()
            (said,) = attacker.violations[before:]
            assert "permissions violation for subscription" in said
            with pytest.raises(nats.errors.TimeoutError):
                await heard.next_msg(0.01)
        assert await attacker.nothing_comes()
        # And he has taken nothing away from whom he tried to rob.
        assert len(await victim.events(5)) == 5


async def test_an_event_cannot_be_sent_to_where_our_processes_listen(stack: Stack) -> None:
    acme, beta = new_tenant(stack, "acme"), new_tenant(stack, "beta")
    mine, other = subscribed(acme, after=0), subscribed(beta, after=0)
    async with (
        spying(stack) as heard,
        connected(other, beta.token) as victim,
        connected(mine, acme.token) as attacker,
    ):
        for reply in (
            "commands.gateway.service",
            "questions.gateway.services",
            "events.made.up.by.me",
            f"$JS.API.STREAM.PURGE.{EVENT_STREAM}",
            f"$JS.API.CONSUMER.DELETE.{EVENT_STREAM}.{other['consumer']}",
            other["next_subject"],
            "$SYS.REQ.USER.AUTH",
        ):
            await attacker.ask_next(reply=reply)
            await attacker.ask_next(reply=reply, no_wait=True)
        await attacker.settled()
        await asyncio.sleep(0.2)
        assert [message.data for message in heard] == []

        assert sequences(await victim.events(4)) == sequences(await _all_of(beta))[:4]
        # The spy would have heard it: it hears what the gateway says.
        heard.clear()
        something_happens(acme)
        await asyncio.sleep(0.1)
        assert len(heard) == 1


async def test_an_acknowledgement_cannot_send_the_next_event_elsewhere(stack: Stack) -> None:
    acme = new_tenant(stack, "acme")
    told = subscribed(acme, after=0)
    async with spying(stack) as heard, connected(told, acme.token) as attacker:
        await attacker.ask_next()
        event = await attacker.inbox.next_msg(5)
        await attacker.client.publish(event.reply, b"+NXT", reply="commands.gateway.service")
        await attacker.settled()
        await asyncio.sleep(0.2)
        assert [message.data for message in heard] == []
        assert attacker.violations == []


async def _all_of(who: Outpost) -> list[Msg]:
    told = subscribed(who, after=0)
    async with connected(told, who.token) as subscriber:
        return await subscriber.events(5)


async def test_an_empty_answer_cannot_acknowledge_for_another(stack: Stack) -> None:
    acme, beta = new_tenant(stack, "acme"), new_tenant(stack, "beta")
    mine, other = subscribed(acme), subscribed(beta, after=0)
    async with connected(other, beta.token) as victim, connected(mine, acme.token) as attacker:
        await victim.ask_next()
        event = await victim.inbox.next_msg(5)
        # He does not know this subject; if he did, a status without a body would read as an ack.
        await attacker.ask_next(reply=event.reply, no_wait=True)
        await attacker.settled()
        await asyncio.sleep(0.1)
        await victim.client.publish(event.reply, b"-NAK")
        # All four still come: nothing was acknowledged but by him.
        again = await victim.events(4)
        assert set(sequences([event])) < set(sequences(again))


async def test_a_body_does_not_widen_what_is_asked_for(stack: Stack) -> None:
    acme, beta = new_tenant(stack, "acme"), new_tenant(stack, "beta")
    told = subscribed(acme, after=0)
    async with connected(told, acme.token) as subscriber:
        foreign = f"events.{account_id(beta)}.>"
        for more in (
            {"filter_subject": foreign, "filter_subjects": [foreign, "events.>"]},
            {"config": {"filter_subject": "events.>"}, "stream_name": "KV_routes"},
            {"next_by_subj": foreign, "seq": 1, "group": "x"},
        ):
            await subscriber.ask_next(count=100, no_wait=True, **more)
        seen = []
        try:
            while True:
                seen.append(await subscriber.inbox.next_msg(0.3))
        except nats.errors.TimeoutError:
            pass
        events = [message for message in seen if message.reply]
        assert events
        assert all(message.subject.startswith(told["events"][:-1]) for message in events)


async def test_names_on_the_bus_do_not_follow_from_what_others_can_read(stack: Stack) -> None:
    acme = new_tenant(stack, "acme")
    told = [subscribed(acme), subscribed(acme)]
    assert len({name for each in told for name in (each["consumer"], each["inbox_prefix"])}) == 4
    for each in told:
        for known in (each["user"], account_id(acme), key_id(acme)):
            assert known not in each["consumer"] + each["inbox_prefix"]


async def test_who_shows_the_wrong_thing_is_not_let_in(stack: Stack) -> None:
    acme, beta = new_tenant(stack, "acme"), new_tenant(stack, "beta")
    told = subscribed(acme)
    assert not await refused(told, acme.token)
    for user, password in (
        (told["user"], beta.token),
        (told["user"], ""),
        (told["user"], "cp_" + key_id(acme) + "_" + "0" * 64),
        (told["user"], f"cp_{key_id(beta)}_{acme.token.split('_')[2]}"),
        (told["user"], acme.token.split("_")[2] + "x"),
        ("0" * 24, acme.token),
        ("command", acme.token),
        ("callout", acme.token),
        (account_id(beta), acme.token),
        ("", beta.token),
        ("x" * 2000, acme.token),
    ):
        assert await refused(told, password, user=user), (user, password)


async def test_an_account_names_its_only_subscription_and_no_name_the_keys_only_one(
    stack: Stack,
) -> None:
    acme = new_tenant(stack, "acme")
    told = subscribed(acme)
    for user in (account_id(acme), acme.namespace):
        assert not await refused(told, acme.token, user=user)
    assert not await refused(told, "", user=None, password=None, token=acme.token)
    subscribed(acme)
    assert await refused(told, acme.token, user=account_id(acme))
    assert not await refused(told, acme.token)


async def test_nobody_subscribes_to_another_account(stack: Stack) -> None:
    acme, beta = new_tenant(stack, "acme"), new_tenant(stack, "beta")
    foreign = subscribed(beta)
    for body in ({"account": account_id(beta)}, {"account": beta.namespace}):
        answer = acme.ops("POST", "subscriptions", {"name": "x", **body})
        assert answer.status in (400, 404), answer
    taken = acme.ops("POST", "subscriptions", {"name": "x", "api_key": key_id(beta)})
    assert taken.status == 400, taken
    for method in ("GET", "DELETE"):
        assert acme.ops(method, f"subscriptions/{foreign['user']}").status == 404
    assert acme.ops("GET", "subscriptions").body["data"] == []


async def test_a_key_made_at_run_time_works_at_once_and_ends_when_it_is_revoked(
    stack: Stack,
) -> None:
    acme = new_tenant(stack, "acme")
    made = acme.ops("POST", "api-keys", {"name": "second"})
    told = subscribed(acme, api_key=made.body["id"])
    async with connected(told, made.body["token"]) as subscriber:
        something_happens(acme)
        await subscriber.events(1)
        assert acme.ops("DELETE", f"api-keys/{made.body['id']}").status == 204
        assert await until_closed(subscriber) < CLOSED_SECONDS
    assert await refused(told, made.body["token"])


async def test_a_removed_subscription_closes_its_connection_and_no_other(stack: Stack) -> None:
    acme = new_tenant(stack, "acme")
    told, kept = subscribed(acme), subscribed(acme)
    async with connected(told, acme.token) as gone, connected(kept, acme.token) as stays:
        assert acme.ops("DELETE", f"subscriptions/{told['user']}").status == 204
        assert await until_closed(gone) < CLOSED_SECONDS
        something_happens(acme)
        assert len(await stays.events(2)) == 2
    assert await refused(told, acme.token)
    assert acme.ops("DELETE", f"subscriptions/{told['user']}").status == 404


async def test_who_loses_his_right_in_an_account_loses_its_events(stack: Stack) -> None:
    root, acme = admin(stack), new_tenant(stack, "acme")
    handle = f"org-{secrets.token_hex(4)}"
    organization = root.ops("POST", "organizations", {"handle": handle, "name": handle}).body["id"]
    member = f"organizations/{organization}/members/{account_id(acme)}"

    def becomes(role: str) -> None:
        assert root.ops("PUT", member, {"role": role}).status in (200, 201)

    becomes("member")
    refused_for_now = acme.ops("POST", "subscriptions", {"name": "x", "account": handle})
    assert refused_for_now.status == 403, refused_for_now
    becomes("admin")
    told = subscribed(acme, account=handle, after=0)
    async with connected(told, acme.token) as subscriber:
        (first,) = await subscriber.events(1)
        assert first.subject.startswith(f"events.{organization}.")
        becomes("member")
        assert await until_closed(subscriber) < CLOSED_SECONDS
    assert await refused(told, acme.token)


async def test_a_key_that_is_revoked_while_nobody_looks_is_closed_by_who_looks_next(
    stack: Stack,
) -> None:
    acme = new_tenant(stack, "acme")
    told = subscribed(acme)
    async with connected(told, acme.token) as subscriber:
        old = stack.kill9("callout")
        assert acme.ops("DELETE", f"api-keys/{key_id(acme)}").status == 204
        stack.wait_restarted("callout", old)
        assert await until_closed(subscriber) < 10
    stack.wait_ready()
