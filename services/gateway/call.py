"""One request on its way: what the entrance found out about it, and what a handler asks for.

Everything a client may add to any request is read here: moments, positions, reason, idempotency
key. Handlers see words of ours only."""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from urllib.parse import unquote

from litestar import Request

from services.gateway.dispatch import ACCESS_AGGREGATES, Sender
from services.gateway.moments import NOW, Moment, moment_of, position_of
from services.gateway.parameters import all_pairs_of, pairs_of
from services.gateway.parts import Parts
from services.gateway.refusals import BadFields, NotAuthenticated, Refused
from services.gateway.surface import Surface
from services.gateway.upload import Upload
from shared.envelope.codec import name_of
from shared.envelope.messages import Accepted, Answered
from shared.kernel import json
from shared.kernel.actor import Actor
from shared.queries.identity import CallerDocument

SCOPE_KEY = "chronoplane.call"
REASON_LENGTH_MAX = 500
KEY_LENGTH_MAX = 255

D = TypeVar("D")
Header = tuple[bytes, bytes]


@dataclass(slots=True, kw_only=True)
class Call:
    parts: Parts
    surface: Surface
    request_id: str
    method: str
    path: str
    query_string: str
    headers: dict[bytes, bytes]
    body: bytes = b""
    upload: Upload | None = None  # in place of `body`, where the operation reads it as it comes
    caller: CallerDocument | None = None
    answer_headers: list[Header] = field(default_factory=list)
    status: int = 0
    fingerprinted: object = None  # the JSON of the client, once it has been read

    # -- who

    @property
    def signed_in(self) -> CallerDocument:
        if self.caller is None:
            raise Refused(NotAuthenticated())
        return self.caller

    @property
    def sender(self) -> Sender:
        caller = self.signed_in
        kind = caller.kind
        return Sender(
            actor=Actor(
                # An organization has no keys of its own; the type of an actor does not know it.
                kind="service_account" if kind == "organization" else kind,
                id=caller.principal_id,
                credential_id=caller.key_id,
            ),
            surface=self.surface.name,
            correlation_id=self.request_id,
            reason=self.reason,
        )

    # -- what a client may add to any request

    def header(self, name: bytes) -> str | None:
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    @property
    def reason(self) -> str | None:
        """In UTF-8, or percent-encoded where a client can send ASCII only."""
        raw = self.headers.get(b"chronoplane-reason", self.headers.get(b"x-reason"))
        if raw is None:
            return None
        text = unquote(raw.decode("utf-8", errors="replace")).strip()
        if "\x00" in text or len(text) > REASON_LENGTH_MAX:
            message = f"must have at most {REASON_LENGTH_MAX} characters and no NUL"
            raise Refused(BadFields(problems=(("X-Reason", message),)))
        return text or None

    @property
    def moment(self) -> Moment:
        given: list[str] = []
        if "as_of" in self.query_string:
            given = [value for name, value in self.repeatable() if name == "as_of"]
        if len(given) > 1:
            raise Refused(BadFields(problems=(("as_of", "is given more than once"),)))
        return moment_of(given[0] if given else None, self.header(b"chronoplane-as-of"))

    def parameters(self) -> list[tuple[str, str]]:
        return pairs_of(self.query_string)

    def repeatable(self) -> list[tuple[str, str]]:
        """For dialects that repeat a parameter."""
        return all_pairs_of(self.query_string)

    @property
    def idempotency_key(self) -> str | None:
        key = self.header(b"idempotency-key")
        if key is None:
            return None
        if not 1 <= len(key) <= KEY_LENGTH_MAX:
            message = f"must have 1 to {KEY_LENGTH_MAX} characters"
            raise Refused(BadFields(problems=(("Idempotency-Key", message),)))
        return key

    # -- onwards

    async def command(self, command: Any, *, step: str = "") -> Accepted:
        """`step` tells the commands of one request apart, where it needs several: each is then
        repeated, or not, by itself."""
        sender = self.sender
        if self.moment != NOW:
            raise Refused(BadFields(problems=(("as_of", "belongs to reads: the past is fixed"),)))
        key = self.idempotency_key
        if key is None:
            accepted = await self.parts.dispatch.command(command, sender)
        else:
            accepted = await self.parts.dispatch.command(
                command,
                sender,
                command_id=self.parts.derived.command_id(
                    actor=sender.actor.text,
                    surface=self.surface.name,
                    key=f"{key}\x00{step}" if step else key,
                ),
                fingerprint=self._fingerprint(),
            )
        self._head_last(b"log-position", b"%d" % accepted.position)
        if accepted.replayed:
            self._head(b"idempotency-replayed", b"true")
        if name_of(command).partition(".")[0] in ACCESS_AGGREGATES:
            self.parts.authenticator.forget()
        return accepted

    async def ask(self, question: Any, expected: type[D], *, after: int | None = None) -> D:
        """Now (after a write's position), or the moment the read asked for. Says in the answer's
        headers which position it is true for."""
        answer = await self.answer(question, expected, after=after)
        return cast(D, answer.document)

    async def answer(
        self,
        question: Any,
        expected: type[Any],
        *,
        after: int | None = None,
        moment: Moment | None = None,
    ) -> Answered:
        """The same with its position, and for dialects that spell the moment in their own way."""
        if after is None:
            answer = await self.parts.dispatch.query(
                question,
                self.sender,
                after=position_of(self.header(b"if-position")),
                moment=self.moment if moment is None else moment,
            )
            self._head(b"log-position", b"%d" % answer.position)
        else:
            answer = await self.parts.dispatch.query(question, self.sender, after=after)
        if answer.stale:
            self._head(b"chronoplane-stale", b"true")
        if not isinstance(answer.document, expected):
            raise TypeError(f"asked for {expected.__name__}, got {type(answer.document).__name__}")
        return answer

    async def find(self, question: Any, expected: type[D]) -> D:
        """What a write lands on: always as it is now, whatever the request says of moments."""
        return await self.ask(question, expected, after=0)

    def landed_at(self, position: int) -> None:
        """The position that the answer names, where the command's own is not the last."""
        self._head_last(b"log-position", b"%d" % position)

    def _head(self, name: bytes, value: bytes) -> None:
        if all(name != given for given, _ in self.answer_headers):
            self.answer_headers.append((name, value))

    def _head_last(self, name: bytes, value: bytes) -> None:
        self.answer_headers = [pair for pair in self.answer_headers if pair[0] != name]
        self.answer_headers.append((name, value))

    def _fingerprint(self) -> str:
        """A keyed hash of what the client asked for; equal JSON in another spelling is equal."""
        message = b"\x00".join(
            (self.method.encode(), self.path.encode(), json.canonical(self.fingerprinted))
        )
        return hmac.new(self.parts.installation, message, hashlib.sha256).hexdigest()


def call_of(request: "Request[Any, Any, Any]") -> Call:
    call = request.scope[SCOPE_KEY]  # type: ignore[literal-required]  # ASGI scopes are open
    return cast(Call, call)
