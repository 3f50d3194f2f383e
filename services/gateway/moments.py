"""Which moment a read asks for: `as_of` in the query or `Chronoplane-As-Of`, and `If-Position`."""

import re
from dataclasses import dataclass
from datetime import datetime

from services.gateway.refusals import BadFields, Refused
from shared.kernel.time import parse_rfc3339

_POSITION = re.compile(r"[0-9]{1,18}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Now, where both are None."""

    time: datetime | None = None
    position: int | None = None


NOW = Moment()


def moment_of(parameter: str | None, header: str | None) -> Moment:
    """RFC 3339 or a position in the log. Two that differ are refused: guessing would lie."""
    text = parameter if parameter is not None else header
    if text is None:
        return NOW
    if parameter is not None and header is not None and parameter != header:
        raise _refused("as_of", "differs from the Chronoplane-As-Of header")
    if _POSITION.match(text):
        return Moment(position=int(text))
    time = parse_rfc3339(text)
    if time is None:
        raise _refused("as_of", "must be an RFC 3339 time or a log position")
    return Moment(time=time)


def position_of(header: str | None) -> int:
    if header is None:
        return 0
    if not _POSITION.match(header):
        raise _refused("If-Position", "must be a log position")
    return int(header)


def _refused(field: str, message: str) -> Refused:
    return Refused(BadFields(problems=((field, message),)))
