"""What the lists share: filters out of the query, pages, and the counts by state as links."""

from dataclasses import dataclass
from typing import Any, TypeVar, cast

from services.gateway.console.visit import Visit
from shared.queries.services import STATUSES, Status

PER_PAGE = 50
PAGE_MAX = 1_000_000
W = TypeVar("W", bound=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    first: int
    last: int
    total: int
    previous: str | None
    following: str | None


def page_of(visit: Visit) -> int:
    text = visit.query.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
    if not 1 <= number <= PAGE_MAX:
        visit.problems["page"] = "There is no such page; this is the first."
        return 1
    return number


def pages_of(visit: Visit, page: int, shown: int, total: int) -> Pages:
    first = (page - 1) * PER_PAGE
    return Pages(
        first=first + 1 if shown else 0,
        last=first + shown,
        total=total,
        previous=visit.again(page=page - 1 if page > 2 else None) if page > 1 else None,
        following=visit.again(page=page + 1) if first + shown < total else None,
    )


def status_of(visit: Visit) -> Status | None:
    status = visit.query.get("state", "")
    if status and status not in STATUSES:
        visit.problems["state"] = "There is no such state; all are shown."
        return None
    return cast("Status", status) if status else None


def word_of(visit: Visit, name: str, words: tuple[W, ...]) -> W:
    """One of the words; the first where another was asked for."""
    word: Any = visit.query.get(name, words[0])
    if word not in words:
        visit.problems[name] = f"{name} is one of {', '.join(words)}."
        return words[0]
    return cast("W", word)
