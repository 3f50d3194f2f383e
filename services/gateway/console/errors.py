"""How the console says no: a page with what, why, what to do, and the request id for support."""

from services.gateway.console.page import HEADERS, HTML, SIGN_IN, html_of
from services.gateway.refusals import (
    Accident,
    BadFields,
    BadRequest,
    NoSuchMethod,
    NoSuchPath,
    NotAllowed,
    NotAuthenticated,
    RateLimited,
    Refusal,
    TooLarge,
    Unavailable,
)
from services.gateway.surface import Rendered
from shared.domain.rejections import (
    Forbidden,
    Invalid,
    NotFound,
    Rejection,
    Unauthenticated,
)

_AGAIN = "Try again in a moment."


def refused(refusal: Refusal, request_id: str) -> Rendered:
    match refusal:
        case NotAuthenticated():
            return _to_sign_in()
        case NoSuchPath():
            return _page(404, "There is no such page.", "The link may be mistyped.", request_id)
        case NoSuchMethod():
            allow = (("allow", refusal.allow),)
            return _page(405, "This page cannot do that.", "", request_id, allow)
        case NotAllowed():
            return _page(403, "This is not allowed.", refusal.message, request_id)
        case RateLimited():
            seconds = str(refusal.retry_after_seconds)
            retry = (("retry-after", seconds),)
            return _page(429, "Too many requests.", f"Try again in {seconds} s.", request_id, retry)
        case Unavailable():
            retry = (("retry-after", "1"),)
            return _page(503, refusal.message, _AGAIN, request_id, retry)
        case BadFields():
            sentences = " ".join(f"{name} {what}." for name, what in refusal.problems)
            return _page(400, "This cannot be asked.", sentences, request_id)
        case BadRequest():
            return _page(400, "This cannot be read.", refusal.message, request_id)
        case TooLarge():
            return _page(413, "This is too long.", "", request_id)
        case Accident():
            said = "Something went wrong on our side."
            return _page(500, said, "The request id finds it in the log.", request_id)


def rejected(rejection: Rejection, request_id: str) -> Rendered:
    match rejection:
        case Unauthenticated():
            return _to_sign_in()
        case NotFound() | Forbidden():
            # What is not there and what is not yours look alike, as everywhere.
            why = "It is not there, or you may not see it."
            return _page(404, "There is no such thing.", why, request_id)
        case Invalid():
            why = f"{rejection.field} {rejection.message}."
            return _page(400, "This cannot be asked.", why, request_id)
        case _:
            return _page(409, "It is being changed by others.", _AGAIN, request_id)


def _to_sign_in() -> Rendered:
    headers = (*HEADERS.items(), ("location", SIGN_IN))
    return Rendered(status=303, body=b"", media_type=HTML, headers=headers)


def _page(
    status: int,
    said: str,
    why: str,
    request_id: str,
    headers: tuple[tuple[str, str], ...] = (),
) -> Rendered:
    body = html_of("error.html", status=status, said=said, why=why, request_id=request_id)
    return Rendered(status=status, body=body, media_type=HTML, headers=(*HEADERS.items(), *headers))
