"""Server-sent events that outlive the gateway: where a stream breaks off it is resumed
behind the last id, so that none is missed and none comes twice."""

import http.client
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from services.cli.output import Output
from services.cli.refused import Refused
from services.cli.server import Server
from services.cli.verb import Exit
from shared.kernel import json

# Heartbeats come every five seconds.
SILENT_SECONDS: Final = 20.0
LINE_BYTES_MAX: Final = 4 * 1024 * 1024
PAUSE_SECONDS: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
_OVER = {
    "unauthorized": ("the token is valid no more", Exit.NOT_ALLOWED),
    "not_allowed": ("the token may not follow this any more", Exit.NOT_ALLOWED),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    id: str
    event: str
    data: Any


class Gone(Exception):
    """The connection broke, or its other end did."""


def followed(
    server: Server, path: str, query: dict[str, object], output: Output, *, last: str | None = None
) -> Iterator[Sent]:
    """For ever. The first connection is made or refused as any other; later ones are waited for."""
    asked = {name: str(value) for name, value in query.items() if value is not None}
    address = f"{path}?{urlencode(asked)}" if asked else path
    failures, begun = 0, False
    while True:
        headers = {} if last is None else {"Last-Event-ID": last}
        try:
            with server.asked("GET", address, headers=headers, seconds=SILENT_SECONDS) as answer:
                if failures:
                    output.note("going on", "ok")
                begun, failures = True, 0
                for sent in _events(answer):
                    last = sent.id or last
                    if sent.event == "end":
                        _judge(sent.data)
                        break
                    if sent.event:
                        yield sent
        except Refused as refused:
            if not begun or not refused.may_pass:
                raise
        except Gone:
            pass  # As when it ends by itself: the next round connects again.
        if failures == 0:
            output.note("the stream broke off; connecting again", "warn")
        time.sleep(PAUSE_SECONDS[min(failures, len(PAUSE_SECONDS) - 1)])
        failures += 1


def _judge(data: Any) -> None:
    code = data.get("code", "") if isinstance(data, dict) else ""
    if code in _OVER:
        what, exit_ = _OVER[code]
        raise Refused(what, why=code, next_step="give another: --token-file FILE", exit_=exit_)


def _events(answer: http.client.HTTPResponse) -> Iterator[Sent]:
    """As they come; heartbeats have an id only."""
    id_, event, data = "", "", ""
    while line := _line(answer):
        name, _, value = line.rstrip("\r\n").partition(":")
        value = value.removeprefix(" ")
        match name:
            case "id":
                id_ = value
            case "event":
                event = value
            case "data":
                data += value
            case "" if not line.strip():
                yield Sent(id=id_, event=event, data=json.loads(data) if data else None)
                id_, event, data = "", "", ""


def _line(answer: http.client.HTTPResponse) -> str:
    try:
        return answer.readline(LINE_BYTES_MAX).decode("utf-8", errors="replace")
    except (OSError, http.client.HTTPException) as error:
        raise Gone from error
