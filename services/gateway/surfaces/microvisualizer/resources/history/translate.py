"""From changes to MicroVisualizer's history: pure."""

from services.gateway.surfaces.microvisualizer.names import actor_type
from services.gateway.surfaces.microvisualizer.resources.history import wire
from services.gateway.surfaces.microvisualizer.resources.services.translate import to_raw
from shared.kernel.time import format_rfc3339
from shared.queries.microvisualizer import ChangeDocument, ChangePage, SnapshotPair


def from_page(page: ChangePage) -> wire.ProjectHistory:
    return wire.ProjectHistory(
        events=[_change(change) for change in page.items], totalCount=page.total
    )


def _change(change: ChangeDocument) -> wire.ServiceChange:
    return wire.ServiceChange(
        snapshotId=change.id,
        serviceSlug=change.slug,
        serviceName=change.name,
        changeType=change.kind,
        actorName=change.actor.name,
        actorType=actor_type(change.actor),
        timestamp=format_rfc3339(change.at),
    )


def from_pair(pair: SnapshotPair) -> wire.ServiceSnapshotDiff:
    return wire.ServiceSnapshotDiff(
        before=None if pair.before is None else to_raw(pair.before),
        after=None if pair.after is None else to_raw(pair.after),
    )
