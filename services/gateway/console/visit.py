"""One look at a page: who looks, at which moment, in which zone, and what its links keep.

Everything on a page is asked at one position. A time resolves to it once, at first."""

import asyncio
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from services.gateway.call import Call
from services.gateway.console.command import command_of
from services.gateway.console.moments import typed
from services.gateway.console.timebar import Timebar
from services.gateway.console.times import Times, span, zone_of
from services.gateway.moments import NOW, Moment
from services.gateway.refusals import CommandRejected
from shared.domain.rejections import Forbidden, Invalid, NotFound
from shared.kernel import json
from shared.kernel.time import format_rfc3339, parse_rfc3339
from shared.queries.console import GetMoment, MomentDocument
from shared.queries.identity import CallerDocument

D = TypeVar("D")
# What every link of a page carries along.
KEPT = ("as_of", "tz", "window")


@dataclass(slots=True, kw_only=True)
class Visit:
    call: Call
    path: Mapping[str, str]
    query: Mapping[str, str]
    caller: CallerDocument
    now: datetime
    zone: tzinfo
    zone_name: str
    moment: Moment
    position: int = 0
    at: datetime
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def is_then(self) -> bool:
        return self.moment != NOW

    @property
    def is_typed(self) -> bool:
        """The moment was given in words that mean something else tomorrow."""
        given = self.query.get("as_of", "")
        return self.is_then and not given.isdigit() and parse_rfc3339(given) is None

    @property
    def as_of(self) -> str | None:
        return text_of(self.moment)

    @property
    def times(self) -> Times:
        return Times(zone=self.zone, at=self.at, is_now=not self.is_then)

    @property
    def here(self) -> str:
        return self.call.path

    @property
    def form_token(self) -> str:
        """Of this session's forms; nobody else's page can know it."""
        message = b"console-form:" + self.caller.key_id.encode()
        return hmac.new(self.call.parts.installation, message, hashlib.sha256).hexdigest()

    # -- what templates say of it

    @property
    def ago(self) -> str:
        return span((self.now - self.at).total_seconds())

    @property
    def pinned(self) -> str:
        """This page at this very moment, also where it shows now."""
        return url_of(self.here, {**self.query, "as_of": self.as_of or str(self.position)})

    @property
    def command(self) -> str | None:
        """The same question in a terminal."""
        return command_of(self.here, self.query, self.as_of)

    @property
    def kept_fields(self) -> list[tuple[str, str]]:
        """For forms that replace the query: what every link keeps too."""
        kept = {**{name: self.query.get(name) for name in KEPT}, "as_of": self.as_of}
        return [(name, value) for name, value in kept.items() if value]

    @property
    def other_fields(self) -> list[tuple[str, str]]:
        """For the form of the moment: everything but the moment."""
        return [(name, value) for name, value in self.query.items() if name != "as_of"]

    def with_state(self, status: str) -> str:
        return self.again(state=status, page=None)

    def stops(self, bar: Timebar) -> str:
        """The slider's steps, for the script."""
        return json.dumps(
            [{"at": stop.position, "lane": stop.lane, "words": stop.words} for stop in bar.stops]
        )

    @staticmethod
    def span(seconds: float) -> str:
        return span(seconds)

    @staticmethod
    def ms(milliseconds: float | None) -> str:
        if milliseconds is None:
            return "-"
        return f"{milliseconds:.0f} ms" if milliseconds >= 10 else f"{milliseconds:.1f} ms"

    @staticmethod
    def percent(share: float | None) -> str:
        return "-" if share is None else f"{share * 100:.0f} %"

    # -- asking

    async def ask(self, question: Any, expected: type[D]) -> D:
        """At the moment of the page."""
        pinned = Moment(position=self.position) if self.is_then else NOW
        return await self._ask(question, expected, pinned)

    async def ask_now(self, question: Any, expected: type[D]) -> D:
        return await self._ask(question, expected, NOW)

    async def find(self, question: Any, expected: type[D], *, now: bool = False) -> D | None:
        """None where there was no such thing, or where it is out of the asker's sight."""
        try:
            return await (self.ask_now if now else self.ask)(question, expected)
        except CommandRejected as rejected:
            if isinstance(rejected.rejection, NotFound | Forbidden):
                return None
            raise

    async def _ask(self, question: Any, expected: type[D], moment: Moment) -> D:
        dispatch, sender = self.call.parts.dispatch, self.call.sender
        answer = await dispatch.query(question, sender, moment=moment)
        if answer.stale:
            self.problems["stale"] = (
                f"A view has stopped; this is as of position {answer.position}."
            )
        if not isinstance(answer.document, expected):
            raise TypeError(f"asked for {expected.__name__}, got {type(answer.document).__name__}")
        return answer.document

    # -- links

    def url(self, path: str | None = None, /, **changes: Any) -> str:
        """A link that keeps moment, zone and window; `None` leaves a parameter out."""
        kept: dict[str, Any] = {name: self.query.get(name) for name in KEPT}
        kept["as_of"] = self.as_of
        return url_of(self.here if path is None else path, {**kept, **changes})

    def again(self, **changes: Any) -> str:
        """This page with all of its parameters, some changed."""
        return url_of(self.here, {**self.query, "as_of": self.as_of, **changes})


async def begun(call: Call, path: Mapping[str, str]) -> Visit:
    query = dict(call.parameters())
    now = call.parts.clock.now().astimezone(UTC)
    problems: dict[str, str] = {}
    zone = zone_of(query.get("tz", "UTC"))
    if zone is None:
        problems["tz"] = "There is no such time zone."
    moment = typed(query.get("as_of", ""), now=now, zone=zone or UTC)
    if moment is None:
        problems["as_of"] = "Type a time such as 14:02, -2h, tue 14:00, or a log position."
    visit = Visit(
        call=call,
        path=path,
        query=query,
        caller=call.signed_in,
        now=now,
        zone=zone or UTC,
        zone_name=query.get("tz", "UTC") if zone else "UTC",
        moment=moment or NOW,
        at=now,
        problems=problems,
    )
    await _resolve(visit)
    return visit


async def _resolve(visit: Visit) -> None:
    """To a position, once. What cannot be resolved is said beside the field, on a page of now."""
    try:
        found = await visit._ask(GetMoment(), MomentDocument, visit.moment)
    except CommandRejected as rejected:
        if not isinstance(rejected.rejection, Invalid):
            raise
        visit.problems["as_of"] = f"The moment {rejected.rejection.message}."
        visit.moment = NOW
        found = await visit.ask_now(GetMoment(), MomentDocument)
    visit.position = found.position
    if visit.is_then:
        visit.at = found.at if found.at.year > 1 else datetime(1970, 1, 1, tzinfo=UTC)


def text_of(moment: Moment) -> str | None:
    if moment.time is not None:
        return format_rfc3339(moment.time)
    return None if moment.position is None else str(moment.position)


def url_of(path: str, parameters: Mapping[str, Any]) -> str:
    given = [(name, str(value)) for name, value in parameters.items() if value not in (None, "")]
    return quote(path, safe="/~:@!$&'()*+,;=-._") + (f"?{urlencode(given)}" if given else "")


async def together(*asking: Any) -> list[Any]:
    """All at once; the first refusal is the page's."""
    return list(await asyncio.gather(*asking))
