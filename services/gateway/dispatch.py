"""Commands and questions over the bus: envelope, request, answer. The only file that knows both.

A write's answer is asked of the view with `after=position`, so that the next read of any client
sees what this one was told. Nobody answering is `Unavailable`, a broken answer an `Accident`."""

import contextlib
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from services.gateway.moments import NOW, Moment
from services.gateway.refusals import Accident, CommandRejected, Refused, Unavailable
from shared.bus.broker import Bus, Unanswered
from shared.bus.subjects import (
    ALL_EVENTS,
    PUSHED_HINT,
    command_subject,
    part_subject,
    question_subject,
)
from shared.domain.rejections import Unauthenticated
from shared.envelope.codec import name_of
from shared.envelope.messages import (
    AWAY,
    BEHIND,
    FULL,
    IN_DOUBT,
    Accepted,
    Answered,
    Broken,
    CommandEnvelope,
    QuestionEnvelope,
    Rejected,
    decode_reply,
    encode_command,
    encode_question,
)
from shared.kernel import json
from shared.kernel.actor import Actor, process_actor
from shared.queries.catalog import view_of
from shared.queries.identity import Authenticate, AuthenticateKey, CallerDocument
from shared.runtime.ids import new_command_id
from shared.runtime.settings import Settings
from shared.runtime.telemetry import Telemetry

log = logging.getLogger(__name__)

Unlisten = Callable[[], Awaitable[None]]
# In the head of the CloudEvent: taking the whole apart would cost more than it tells.
_SEQUENCE = re.compile(rb'"sequence":"([0-9]{1,18})"')

PROCESS: Final = "gateway"
# The database may be restarting, and takes that long to say so.
PART_SECONDS = 20.0
# What passes by itself, in words; every other broken reply is an accident.
_PASSING = {
    BEHIND: "What was written is kept, but what shows it is behind; ask again in a moment.",
    AWAY: "The database does not answer; nothing was written, ask again in a moment.",
    FULL: "The database's disk is full and nothing was written; writes go on once there is room.",
    IN_DOUBT: "The database went away before it said whether this was written; look, or send it"
    " again with the same Idempotency-Key.",
}
# After a change of access, what decides who calls must have seen it too.
ACCESS_AGGREGATES = frozenset({"principal", "project", "api_key", "grant"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """For whom something is sent, and what ties it to the request."""

    actor: Actor
    surface: str
    correlation_id: str
    reason: str | None = None


class Dispatch:
    def __init__(self, bus: Bus, settings: Settings, telemetry: Telemetry) -> None:
        self._bus = bus
        self._command_seconds = settings.command_seconds
        # A question that waits for its view needs that time on top of its own.
        self._question_seconds = settings.question_seconds + settings.view_wait_seconds
        self._telemetry = telemetry
        self._access_position = 0

    async def command(
        self,
        command: Any,
        sender: Sender,
        *,
        command_id: str | None = None,
        fingerprint: str | None = None,
    ) -> Accepted:
        aggregate = name_of(command).partition(".")[0]
        envelope = CommandEnvelope(
            command_id=command_id or new_command_id(),
            actor=sender.actor,
            surface=sender.surface,
            correlation_id=sender.correlation_id,
            reason=sender.reason,
            fingerprint=fingerprint,
            command=command,
        )
        reply = await self._request(
            command_subject(PROCESS, aggregate), encode_command(envelope), self._command_seconds
        )
        if isinstance(reply, Rejected):
            raise CommandRejected(reply.rejection)
        if not isinstance(reply, Accepted):
            raise Refused(_refusal_of(reply, name_of(command)))
        if aggregate in ACCESS_AGGREGATES:
            self._access_position = max(self._access_position, reply.position)
        return reply

    async def query(
        self, question: Any, sender: Sender, *, after: int = 0, moment: Moment = NOW
    ) -> Answered:
        envelope = QuestionEnvelope(
            asker=sender.actor,
            correlation_id=sender.correlation_id,
            after=after,
            as_of_time=moment.time,
            as_of_position=moment.position,
            question=question,
        )
        reply = await self._request(
            question_subject(PROCESS, view_of(question)),
            encode_question(envelope),
            self._question_seconds,
        )
        if isinstance(reply, Rejected):
            raise CommandRejected(reply.rejection)
        if not isinstance(reply, Answered):
            raise Refused(_refusal_of(reply, name_of(question)))
        return reply

    async def who_calls(self, question: Authenticate | AuthenticateKey) -> CallerDocument | None:
        sender = Sender(
            actor=process_actor(PROCESS), surface=PROCESS, correlation_id=new_command_id()
        )
        try:
            answer = await self.query(question, sender, after=self._access_position)
        except CommandRejected as rejected:
            if isinstance(rejected.rejection, Unauthenticated):
                return None
            raise Refused(Accident()) from rejected
        if not isinstance(answer.document, CallerDocument):
            raise Refused(Accident())
        return answer.document

    async def part(self, import_id: str, number: str, body: bytes) -> str | None:
        """A part of an import, or its end; what is wrong with it, or None."""
        subject = part_subject(PROCESS, import_id, number)
        try:
            reply = await self._bus.request(subject, body, seconds=PART_SECONDS)
        except (Unanswered, NatsError) as error:
            log.warning("part_unanswered", extra={"subject": subject, "error": str(error)})
            raise Refused(
                Unavailable(message="The control plane did not answer in time; send it again.")
            ) from error
        problem = json.loads(reply).get("problem")
        return None if problem is None else str(problem)

    async def hint_pushed(self, repository: str) -> None:
        await self._bus.publish(PUSHED_HINT, repository.encode())

    async def listen_for_growth(self, grown: Callable[[int], None]) -> Unlisten | None:
        """Tells the position of every event that is published; None while the bus is away."""
        if not self._bus.is_connected:
            return None

        async def heard(message: Msg) -> None:
            match = _SEQUENCE.search(message.data)
            if match is not None:
                grown(int(match.group(1)))

        subscription = await self._bus.client.subscribe(ALL_EVENTS, cb=heard)

        async def unlisten() -> None:
            # A connection that is away has no subscriptions to end.
            with contextlib.suppress(NatsError):
                await subscription.unsubscribe()

        return unlisten

    async def _request(self, subject: str, body: bytes, seconds: float) -> Any:
        headers: dict[str, str] | None = None
        if self._telemetry.enabled:
            headers = {}
            self._telemetry.inject(headers)
        try:
            reply = await self._bus.request(subject, body, seconds=seconds, headers=headers)
        except Unanswered as error:
            log.warning("bus_unanswered", extra={"subject": subject, "error": str(error)})
            raise Refused(
                Unavailable(message="The control plane did not answer in time.")
            ) from error
        except Exception as error:
            # nats-py raises a family of its own while it reconnects; none of it is the caller's.
            log.warning("bus_failed", extra={"subject": subject, "error": type(error).__name__})
            raise Refused(Unavailable(message="The control plane cannot be reached.")) from error
        return decode_reply(reply)


def _refusal_of(reply: object, asked: str) -> Unavailable | Accident:
    sentence = _PASSING.get(reply.what) if isinstance(reply, Broken) else None
    if sentence is None:
        log.error("reply_broken", extra={"asked": asked, "reply": str(reply)})
        return Accident()
    return Unavailable(message=sentence)
