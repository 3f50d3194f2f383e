"""Bytes in, bytes out: what hears `questions.<publisher>.<view>`.

Waits for the position asked for (bounded, holding no connection), settles the moment, answers."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.query.access import AccessFollower
from services.query.asked import Asked, Rows, Secrets
from services.query.authorise import refusal_of
from services.query.measures import Measures
from services.query.moment import Moments
from services.query.progress import Progress
from services.query.statements import Statements
from services.query.view import View
from shared.domain.catalog import REJECTIONS
from shared.domain.rejections import Forbidden, Invalid, NotFound, Unauthenticated
from shared.envelope.codec import Undecodable, name_of
from shared.envelope.messages import (
    BEHIND,
    Answer,
    Answered,
    Broken,
    QuestionEnvelope,
    Rejected,
    decode_question,
    encode_reply,
)
from shared.eventstore import EventStoreFailure
from shared.eventstore.vault import UnknownSecret, VaultFailure
from shared.queries.catalog import view_of
from shared.runtime.clock import Clock
from shared.runtime.telemetry import Telemetry

log = logging.getLogger(__name__)

_REJECTIONS = tuple(REJECTIONS.values())


@dataclass(slots=True, kw_only=True)
class Endpoint:
    views: Sequence[View]
    access: AccessFollower
    progress: Progress
    database: Rows
    secrets: Secrets
    clock: Clock
    measures: Measures
    telemetry: Telemetry
    wait_seconds: float
    _views: dict[str, tuple[View, Statements]] = field(init=False)
    _moments: Moments = field(init=False)

    def __post_init__(self) -> None:
        self._moments = Moments(self.database, self.progress)
        self._views = {view.name: (view, Statements.of(view.sql)) for view in self.views}

    async def hear(self, subject: str, body: bytes, headers: dict[str, str]) -> bytes:
        tokens = subject.split(".")
        if len(tokens) != 3 or tokens[0] != "questions":
            # A message that strayed here through a reply subject (THREATS row 45).
            log.error("question_on_foreign_subject", extra={"subject": subject})
            return encode_reply(Rejected(rejection=Forbidden(action="question", resource=subject)))
        try:
            envelope = decode_question(body)
        except (Undecodable, ValueError, KeyError, TypeError) as error:
            log.warning(
                "question_undecodable", extra={"subject": subject, "text": str(error)[:200]}
            )
            return encode_reply(Rejected(rejection=Invalid(field="body", message="is no question")))
        if view_of(envelope.question) != tokens[2]:
            rejection = Forbidden(action=name_of(envelope.question), resource=subject)
            return encode_reply(Rejected(rejection=rejection))
        return encode_reply(await self._measured(envelope, tokens[1], headers))

    async def _measured(
        self, envelope: QuestionEnvelope, publisher: str, headers: dict[str, str]
    ) -> Answer:
        started = self.clock.monotonic()
        name = name_of(envelope.question)
        try:
            with self.telemetry.span(
                "question", kind="consumer", parent=headers, attributes={"question": name}
            ):
                answer = await self.answer(envelope, publisher)
        except (EventStoreFailure, VaultFailure, UnknownSecret) as error:
            log.error(
                "question_failed",
                extra={
                    "question": name,
                    "correlation_id": envelope.correlation_id,
                    "error": type(error).__name__,
                },
            )
            answer = Broken(what=type(error).__name__)
        self.measures.question(name, _kind(answer), self.clock.monotonic() - started)
        return answer

    async def answer(self, envelope: QuestionEnvelope, publisher: str) -> Answer:
        view, statements = self._views[view_of(envelope.question)]
        fresh = await self._passed(view, envelope.after)
        now = self.clock.now()
        refusal = refusal_of(envelope, publisher, self.access.index, now)
        if refusal is not None:
            return Rejected(rejection=refusal)
        moment = await self._moments.of(envelope, reads=view.reads, now=now)
        if isinstance(moment, Invalid):
            return Rejected(rejection=moment)
        if not moment.is_now:
            fresh = await self._passed(view, moment.position) and fresh
        asked = Asked(
            asker=envelope.asker,
            moment=moment,
            now=now,
            index=self.access.index,
            statements=statements,
            database=self.database,
            secrets=self.secrets,
        )
        found = await view.answers[type(envelope.question)](envelope.question, asked)
        if not fresh and self._may_come(found, view):
            return Broken(what=BEHIND)
        if isinstance(found, _REJECTIONS):
            return Rejected(rejection=found)
        stale = not fresh or self.progress.is_halted(view.reads)
        return Answered(document=found, position=moment.position, stale=stale)

    def _may_come(self, found: object, view: View) -> bool:
        """What is not there because we are behind. Who calls is known without the views, which is
        why a halted one does not make a wrong credential a matter of time."""
        if isinstance(found, Unauthenticated):
            return not self.progress.is_halted(view.reads)
        return isinstance(found, NotFound)

    async def _passed(self, view: View, position: int) -> bool:
        return position <= 0 or await self.progress.passed(view.reads, position, self.wait_seconds)


def _kind(answer: Answer) -> str:
    match answer:
        case Answered():
            return "stale" if answer.stale else "answered"
        case Rejected():
            return type(answer.rejection).__name__
        case _:
            return "broken"
