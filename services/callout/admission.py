"""Answers the NATS server's question whether somebody may connect, and as what.

Whatever goes wrong here is a refusal: a client that is refused tries again, a client that was let
in by accident reads."""

import logging

from nats.errors import Error as NatsError

from services.callout.consumers import Consumers
from services.callout.measures import Measures
from services.callout.tokens import Asking, Grant, NotAsked, admitting, asking_of, refusing
from shared.access.digest import digest_of, presented_bearer
from shared.access.subscriber import inbox_of
from shared.bus.ask import ask
from shared.bus.broker import Bus, Unanswered
from shared.bus.nkey import AccountKey
from shared.envelope.messages import Answered
from shared.kernel.actor import process_actor
from shared.queries.subscriptions import AdmitSubscriber, Admitted
from shared.runtime.clock import Clock

log = logging.getLogger(__name__)

ACTOR = process_actor("callout")
# The server waits two seconds for both: the question and the consumer.
QUESTION_SECONDS = 1.0


class Admission:
    def __init__(
        self,
        *,
        bus: Bus,
        consumers: Consumers,
        issuer: AccountKey,
        installation: bytes,
        clock: Clock,
        measures: Measures,
    ) -> None:
        self._bus = bus
        self._consumers = consumers
        self._issuer = issuer
        self._installation = installation
        self._clock = clock
        self._measures = measures

    async def hear(self, _subject: str, body: bytes, _headers: dict[str, str]) -> bytes:
        try:
            asking = asking_of(body)
        except NotAsked as error:
            log.warning("admission_unreadable", extra={"error": str(error)})
            return b""
        admitted = await self._admitted(asking)
        if isinstance(admitted, str):
            self._measures.asked("refused")
            log.info("subscriber_refused", extra={"user": asking.user[:64], "why": admitted})
            return refusing(asking, self._issuer, self._clock.now())
        grant = Grant(
            subscription_id=admitted.subscription_id,
            key_id=admitted.key_id,
            consumer=self._consumers.name_of(admitted.subscription_id),
            inbox=inbox_of(admitted.subscription_id, self._installation),
        )
        self._measures.asked("admitted")
        log.info(
            "subscriber_admitted",
            extra={"subscription": admitted.subscription_id, "key_id": admitted.key_id},
        )
        return admitting(asking, grant, self._issuer, self._clock.now())

    async def _admitted(self, asking: Asking) -> Admitted | str:
        """Why not, where not: for our log alone."""
        if not asking.secret:
            return "no credential"
        try:
            presented = presented_bearer(asking.secret)
            question = AdmitSubscriber(
                digest=digest_of(presented.secret, self._installation),
                key_id=presented.key_id,
                user=asking.user,
            )
            answer = await ask(self._bus, question, asker=ACTOR, seconds=QUESTION_SECONDS)
            if not isinstance(answer, Answered) or not isinstance(answer.document, Admitted):
                return type(getattr(answer, "rejection", answer)).__name__
            await self._consumers.ensure(answer.document)
        except (Unanswered, NatsError, TimeoutError) as error:
            return type(error).__name__
        return answer.document
