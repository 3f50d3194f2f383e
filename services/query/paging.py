"""Pages by number: what a list statement takes and what it gives back."""

from collections.abc import Callable
from typing import TypeVar

from services.query.asked import Row

PER_PAGE_MAX = 1000
# Well below what the bus carries in one message, whatever else the answer holds.
PAGE_BYTES = 240 * 1024

Document = TypeVar("Document")


def limits(page: int, per_page: int) -> dict[str, int]:
    per_page = min(max(per_page, 1), PER_PAGE_MAX)
    # A page number of a client may be huge; an offset beyond bigint would be an error.
    return {"limit": per_page, "offset": min(max(page, 1) - 1, 10**9) * per_page}


def page_of(
    rows: list[Row], document: Callable[[Row], Document]
) -> tuple[tuple[Document, ...], int]:
    """The total is the first column of every row; a page past the end has one row of nulls."""
    items = tuple(document(row[1:]) for row in rows if row[1] is not None)
    return items, int(rows[0][0])


def fitting(rows: list[Row]) -> list[Row]:
    """As many as one message carries, and one at least; who asked asks again for the rest."""
    size = 0
    for count, row in enumerate(rows):
        # Roughly, in bytes of its JSON: a character may take three.
        size += 500 + sum(3 * len(value) for value in row if isinstance(value, str))
        if count and size > PAGE_BYTES:
            return rows[:count]
    return rows
