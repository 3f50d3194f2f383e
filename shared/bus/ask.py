"""Commands and questions as one of our own processes sends them (scheduler, prober)."""

from typing import Any

from shared.bus.broker import Bus, Unanswered
from shared.bus.subjects import command_subject, question_subject
from shared.envelope.codec import name_of
from shared.envelope.messages import (
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
from shared.kernel.actor import Actor
from shared.queries.catalog import view_of
from shared.runtime.ids import new_command_id


async def send_command(
    bus: Bus,
    command: Any,
    *,
    actor: Actor,
    seconds: float,
    surface: str = "control",
    correlation_id: str | None = None,
    causation_id: str | None = None,
    command_id: str | None = None,
    reason: str | None = None,
    epoch: int | None = None,
) -> Accepted | Rejected:
    """Raises Unanswered where the command process is away or broke; the same `command_id` may
    then be sent again and is decided once."""
    command_id = command_id or new_command_id()
    envelope = CommandEnvelope(
        command_id=command_id,
        actor=actor,
        surface=surface,
        correlation_id=correlation_id or command_id,
        causation_id=causation_id,
        reason=reason,
        epoch=epoch,
        command=command,
    )
    subject = command_subject(bus.process, name_of(command).partition(".")[0])
    reply = decode_reply(await bus.request(subject, encode_command(envelope), seconds=seconds))
    if isinstance(reply, Accepted | Rejected):
        return reply
    raise Unanswered(reply.what if isinstance(reply, Broken) else "a document for a command")


async def ask(
    bus: Bus,
    question: Any,
    *,
    asker: Actor,
    seconds: float,
    after: int = 0,
    correlation_id: str | None = None,
) -> Answered | Rejected:
    """Raises Unanswered where the query process is away or broke."""
    envelope = QuestionEnvelope(
        asker=asker,
        correlation_id=correlation_id or new_command_id(),
        after=after,
        question=question,
    )
    subject = question_subject(bus.process, view_of(question))
    reply = decode_reply(await bus.request(subject, encode_question(envelope), seconds=seconds))
    if isinstance(reply, Answered | Rejected):
        return reply
    raise Unanswered(reply.what if isinstance(reply, Broken) else "an acceptance for a question")
