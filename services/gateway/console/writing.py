"""What the forms share: a reason that is kept with the event, and refusals in words on the page."""

from collections.abc import Awaitable, Callable, Collection
from math import isfinite
from typing import Final
from urllib.parse import quote

from services.gateway.call import REASON_LENGTH_MAX
from services.gateway.console.visit import Visit
from services.gateway.refusals import BadFields, CommandRejected, Refused
from shared.domain.rejections import (
    Conflicting,
    Contended,
    Forbidden,
    Incompatible,
    Invalid,
    NotFound,
    Rejection,
    Taken,
)

CONFLICT: Final = 409
NUMBER_LENGTH_MAX: Final = 12
PAST: Final = "The past is fixed. Go back to now to change anything; only a restore begins here."


def barred(visit: Visit, action: str, may: Collection[str], where: str) -> str:
    """Why a form stands there disabled, in words; empty where it may be used."""
    if visit.is_then:
        return PAST
    return "" if action in may else f"This needs {action} in {where}, which you have not."


async def done(visit: Visit, fields: dict[str, str], act: Callable[[], Awaitable[None]]) -> bool:
    """False: it was refused, and the visit's problems say why."""
    if not with_reason(visit, fields):
        return False
    try:
        await act()
    except CommandRejected as rejected:
        refuse(visit, rejected.rejection)
        return False
    except Refused as refused:
        if not isinstance(refused.refusal, BadFields):
            raise
        visit.problems.update(refused.refusal.problems)
        return False
    return True


def with_reason(visit: Visit, fields: dict[str, str]) -> bool:
    """From here on this visit's commands carry it. False, and a problem, where it is too long."""
    reason = fields.get("reason", "").strip()
    if len(reason) > REASON_LENGTH_MAX or "\x00" in reason:
        visit.problems["reason"] = f"A reason has at most {REASON_LENGTH_MAX} characters."
        return False
    if reason:
        visit.call.headers[b"chronoplane-reason"] = quote(reason).encode()
    return True


def whole(visit: Visit, fields: dict[str, str], name: str) -> int | None:
    """A whole number out of a form; None, and a problem, where it is none."""
    text = fields.get(name, "").strip()
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        visit.problems[name] = "This must be a whole number."
        return None
    return int(text)


def number(visit: Visit, fields: dict[str, str], name: str) -> float | None:
    """A number out of a form; None, and a problem, where it is none."""
    text = fields.get(name, "").strip()
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value) or len(text) > NUMBER_LENGTH_MAX:
        visit.problems[name] = "This must be a number."
        return None
    return value


def refuse(visit: Visit, rejection: Rejection) -> None:
    """The page it is said on is the form's own, with what was typed."""
    match rejection:
        case Invalid():
            visit.problems[rejection.field] = f"It {rejection.message}."
        case Incompatible() | Conflicting():
            visit.problems["refused"] = rejection.message
        case Forbidden():
            why = f" {rejection.why}" if rejection.why else ""
            visit.problems["refused"] = f"You may not: this needs {rejection.action}.{why}"
        case NotFound():
            visit.problems["refused"] = f"There is no such {rejection.kind}, or you may not see it."
        case Taken():
            visit.problems["refused"] = f"{rejection.key} is taken."
        case Contended():
            visit.problems["refused"] = "Others are changing it just now. Try again in a moment."
        case _:
            visit.problems["refused"] = "This was refused."
