"""What the bus answers, or does not, and what becomes of it."""

from pathlib import Path
from typing import Any

import pytest
from nats.errors import ConnectionClosedError

from services.gateway.dispatch import Dispatch, Sender
from services.gateway.moments import Moment
from services.gateway.refusals import Accident, CommandRejected, Refused, Unavailable
from services.gateway.stack import Stack
from shared.bus.broker import Bus, Unanswered
from shared.bus.subjects import PROCESSES
from shared.domain.rejections import NotFound, Unauthenticated
from shared.domain.service.commands import RemoveService
from shared.envelope.messages import (
    BEHIND,
    Accepted,
    Answered,
    Broken,
    Rejected,
    decode_command,
    decode_question,
    encode_reply,
)
from shared.eventstore import OutcomeUnknown, StoreFull, StoreUnavailable
from shared.kernel import json
from shared.kernel.actor import Actor
from shared.queries.identity import Authenticate
from shared.queries.services import GetServiceById
from shared.runtime.health import Readiness
from shared.runtime.settings import load
from shared.runtime.telemetry import NoTelemetry
from tests.surfaces.stubs import CALLER, SERVICE, SetClock

SENDER = Sender(
    actor=Actor(kind="user", id="a" * 24, credential_id="b" * 24),
    surface="outpost",
    correlation_id="request-1",
    reason="because",
)
REMOVE = RemoveService(service_id="s", project_id="p", force=True)


class StubBus(Bus):
    def __init__(self, reply: Any) -> None:
        self.reply = reply
        self.requests: list[tuple[str, bytes]] = []

    async def request(
        self, subject: str, body: bytes, *, seconds: float, headers: dict[str, str] | None = None
    ) -> bytes:
        self.requests.append((subject, body))
        reply = self.reply(subject) if callable(self.reply) else self.reply
        if isinstance(reply, Exception):
            raise reply
        return bytes(reply)


def dispatch_over(tmp_path: Path, reply: Any) -> tuple[Dispatch, StubBus]:
    bus = StubBus(reply)
    return Dispatch(bus, load(data_dir=tmp_path), NoTelemetry()), bus


async def test_a_command_travels_with_all_that_ties_it_to_its_request(tmp_path: Path) -> None:
    dispatch, bus = dispatch_over(tmp_path, encode_reply(Accepted(position=9, subject_id="s")))
    accepted = await dispatch.command(REMOVE, SENDER, command_id="c", fingerprint="ff")
    assert accepted.position == 9
    subject, body = bus.requests[0]
    assert subject == "commands.gateway.service"
    envelope = decode_command(body)
    assert envelope.command == REMOVE
    assert (envelope.actor, envelope.surface) == (SENDER.actor, "outpost")
    assert (envelope.correlation_id, envelope.reason) == ("request-1", "because")
    assert (envelope.command_id, envelope.fingerprint) == ("c", "ff")


async def test_a_view_that_is_behind_is_asked_again_later_and_is_no_accident(
    tmp_path: Path,
) -> None:
    dispatch, _ = dispatch_over(tmp_path, encode_reply(Broken(what=BEHIND)))
    with pytest.raises(Refused) as refused:
        await dispatch.query(GetServiceById(service_id="s"), SENDER, after=4)
    assert isinstance(refused.value.refusal, Unavailable)


async def test_a_question_travels_with_its_moment_and_position(tmp_path: Path) -> None:
    reply = encode_reply(Answered(document=SERVICE, position=9))
    dispatch, bus = dispatch_over(tmp_path, reply)
    answer = await dispatch.query(
        GetServiceById(service_id="s"), SENDER, after=4, moment=Moment(position=3)
    )
    assert answer.document == SERVICE
    subject, body = bus.requests[0]
    assert subject == "questions.gateway.services"
    envelope = decode_question(body)
    assert (envelope.after, envelope.as_of_position, envelope.as_of_time) == (4, 3, None)


PASSING = (StoreUnavailable, StoreFull, OutcomeUnknown)


async def test_a_full_disk_is_told_in_words(tmp_path: Path) -> None:
    dispatch, _ = dispatch_over(tmp_path, encode_reply(Broken(what="StoreFull")))
    with pytest.raises(Refused) as refused:
        await dispatch.command(REMOVE, SENDER)
    assert isinstance(refused.value.refusal, Unavailable)
    assert "disk is full" in refused.value.refusal.message


@pytest.mark.parametrize(
    ("reply", "refusal"),
    [
        (Unanswered("nobody"), Unavailable),
        (ConnectionClosedError(), Unavailable),
        (encode_reply(Broken(what="an accident")), Accident),
        *((encode_reply(Broken(what=failure.__name__)), Unavailable) for failure in PASSING),
    ],
)
async def test_no_answer_is_told_from_a_broken_one(
    tmp_path: Path, reply: Any, refusal: type
) -> None:
    dispatch, _ = dispatch_over(tmp_path, reply)
    for sending in (
        dispatch.command(REMOVE, SENDER),
        dispatch.query(GetServiceById(service_id="s"), SENDER),
    ):
        with pytest.raises(Refused) as refused:
            await sending
        assert isinstance(refused.value.refusal, refusal)


async def test_a_rejection_comes_back_as_the_value_it_is(tmp_path: Path) -> None:
    rejection = NotFound(kind="service", key="s")
    dispatch, _ = dispatch_over(tmp_path, encode_reply(Rejected(rejection=rejection)))
    with pytest.raises(CommandRejected) as rejected:
        await dispatch.command(REMOVE, SENDER)
    assert rejected.value.rejection == rejection


async def test_an_unknown_credential_is_nobody_and_no_accident(tmp_path: Path) -> None:
    dispatch, bus = dispatch_over(tmp_path, encode_reply(Rejected(rejection=Unauthenticated())))
    assert await dispatch.who_calls(Authenticate(digest="d")) is None
    assert decode_question(bus.requests[0][1]).asker == Actor(kind="process", id="gateway")


async def test_who_calls_is_asked_of_a_view_that_has_seen_our_own_changes(tmp_path: Path) -> None:
    from shared.domain.api_key.commands import RevokeApiKey

    def reply(subject: str) -> bytes:
        if subject.startswith("commands."):
            return encode_reply(Accepted(position=77, subject_id="k"))
        return encode_reply(Answered(document=CALLER, position=77))

    dispatch, bus = dispatch_over(tmp_path, reply)
    await dispatch.command(RevokeApiKey(key_id="k"), SENDER)
    assert await dispatch.who_calls(Authenticate(digest="d")) == CALLER
    assert decode_question(bus.requests[1][1]).after == 77


def health(ready: bool, **more: object) -> bytes:
    return json.dumps({"ready": ready, "checks": {}, **more}).encode()


async def test_the_stack_waits_for_every_process_by_name() -> None:
    answers: dict[str, Any] = {f"health.{p}": health(True) for p in PROCESSES}
    answers["health.scheduler"] = health(True, isolated=False)
    clock = SetClock()
    bus = StubBus(answers.__getitem__)
    stack = Stack(bus, Readiness("gateway"), clock)
    assert (await stack.document())["ready"] is True
    assert await stack.isolates() is False
    answers |= {"health.query": health(False), "health.edge": Unanswered("nobody")}
    answers["health.prober"] = b"not json"
    assert (await stack.document())["ready"] is True, "kept for half a second"
    clock.pass_by(0.6)
    document = await stack.document()
    assert document["ready"] is False
    assert document["waiting_for"] == ["edge", "prober", "query"]


async def test_a_machine_is_not_called_isolated_before_the_scheduler_said_so() -> None:
    answers: dict[str, Any] = {f"health.{p}": Unanswered("nobody") for p in PROCESSES}
    clock = SetClock()
    stack = Stack(StubBus(answers.__getitem__), Readiness("gateway"), clock)
    with pytest.raises(Refused):
        await stack.isolates()
    answers["health.scheduler"] = health(True, isolated=True)
    clock.pass_by(0.6)
    assert await stack.isolates() is True
    answers["health.scheduler"] = Unanswered("restarting")
    clock.pass_by(0.6)
    await stack.document()
    assert await stack.isolates() is True
