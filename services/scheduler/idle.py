"""Who leaves first where there are too many: who has the least to lose. Pure.

An unready replica serves nobody; of the ready ones the idle leave before the busy (CONTROL 2.3),
and of equals the youngest: what runs longest has proved the most. Ids decide the rest, so that the
same sight gives the same choice."""

from collections.abc import Mapping, Sequence

from services.scheduler.model import Standing


def surplus(
    current: Sequence[Standing], wanted: int, in_flight: Mapping[str, int]
) -> list[Standing]:
    """`in_flight` are the requests at each replica; whoever is not named there has none."""

    def order(one: Standing) -> tuple[bool, int, float, str]:
        busy = in_flight.get(one.doc.id, 0)
        return (one.is_ready, busy, -one.doc.started_at.timestamp(), one.doc.id)

    return sorted(current, key=order)[: max(0, len(current) - wanted)]


def idle_first(ready: Sequence[Standing], in_flight: Mapping[str, int]) -> list[Standing]:
    """Of replicas that are replaced: the idle, then those that run longest."""
    return sorted(
        ready, key=lambda one: (in_flight.get(one.doc.id, 0), one.doc.started_at, one.doc.id)
    )
