"""What the prober saw at the URL of a service that runs elsewhere, for every view that shows it."""

from typing import Any

from services.query.asked import Row
from shared.domain.service.facets.registration import url_to_watch
from shared.queries.watches import WatchDocument


def watch_of(
    row: Row, registration: dict[str, Any] | None, labels: tuple[tuple[str, str], ...]
) -> WatchDocument | None:
    """`row` is url, is_healthy, reason, at. What was seen at another URL, or while it was asked
    for earlier, is not shown."""
    if registration is None or row[0] is None:
        return None
    asked_for = url_to_watch(
        registration["health_check_url"], registration["prediction_url"], labels
    )
    if asked_for != row[0]:
        return None
    return WatchDocument(url=row[0], is_healthy=row[1], reason=row[2], since=row[3])
