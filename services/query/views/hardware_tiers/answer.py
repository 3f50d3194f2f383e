"""Answers about hardware tiers: to whoever has signed in, and to the scheduler."""

from pathlib import Path

from services.query.asked import Asked, Row
from services.query.paging import page_of
from services.query.view import View
from services.query.views.hardware_tiers.projection import project
from shared.domain.hardware_tier.tier import Tier
from shared.domain.rejections import NotFound
from shared.envelope.codec import decode
from shared.queries.hardware_tiers import (
    GetHardwareTier,
    HardwareTierDocument,
    HardwareTierPage,
    ListHardwareTiers,
)

# What one message of the bus takes; who wants more asks on.
TIERS_MAX = 50


async def get_tier(question: GetHardwareTier, asked: Asked) -> HardwareTierDocument | NotFound:
    row = await asked.row("get_tier", id=question.tier_id)
    if row is None:
        return NotFound(kind="hardware_tier", key=question.tier_id or "default")
    return _tier(row)


async def list_tiers(question: ListHardwareTiers, asked: Asked) -> HardwareTierPage:
    rows = await asked.rows(
        "list_tiers",
        with_archived=question.with_archived,
        limit=min(max(question.limit, 0), TIERS_MAX),
        offset=max(question.offset, 0),
    )
    items, total = page_of(rows, _tier)
    return HardwareTierPage(items=items, total=total)


def _tier(row: Row) -> HardwareTierDocument:
    return HardwareTierDocument(
        id=row[0],
        tier=decode(Tier, row[1]),
        is_default=bool(row[2]),
        is_archived=row[3],
        created_at=row[4],
        updated_at=row[5],
        queued=row[6],
        running=row[7],
    )


HARDWARE_TIERS = View(
    name="hardware_tiers",
    sql=Path(__file__).parent / "sql",
    streams=("hardware_tier",),
    tables=("hardware_tier",),
    project=project,
    reads=("hardware_tiers", "executions"),
    answers={GetHardwareTier: get_tier, ListHardwareTiers: list_tiers},
)
