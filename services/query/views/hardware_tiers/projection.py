"""hardware_tiers: one row per tier and state of it. Fed by hardware_tier events."""

from typing import Any, assert_never

from services.query.view import Write
from shared.domain.hardware_tier.events import (
    HardwareTierArchived,
    HardwareTierCreated,
    HardwareTierEvent,
    HardwareTierRevised,
)
from shared.envelope.event import EventEnvelope
from shared.kernel.json import dumps


def project(event: HardwareTierEvent, envelope: EventEnvelope) -> tuple[Write, ...]:
    match event:
        case HardwareTierCreated():
            row = {"tier": dumps(event.tier), "is_default": event.tier.is_default}
            account = envelope.account_id
            return (_write("insert_tier", event.tier_id, envelope, account_id=account, **row),)
        case HardwareTierRevised():
            row = {"tier": dumps(event.tier), "is_default": event.tier.is_default}
            return (_write("revise_tier", event.tier_id, envelope, **row),)
        case HardwareTierArchived():
            return (_write("archive_tier", event.tier_id, envelope),)
        case _:
            assert_never(event)


def _write(statement: str, tier_id: str, envelope: EventEnvelope, **row: Any) -> Write:
    return Write(
        statement=statement,
        key=tier_id,
        row={"id": tier_id, "position": envelope.position, "at": envelope.at, **row},
    )
