"""Hardware tiers: what they grant and how full they are."""

from dataclasses import dataclass
from datetime import datetime

from shared.domain.hardware_tier.tier import Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class ListHardwareTiers:
    """By name. For a process all of them."""

    offset: int = 0
    limit: int = 10
    with_archived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GetHardwareTier:
    """`tier_id` None: the one that is used where nobody names one."""

    tier_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HardwareTierDocument:
    """`queued` and `running` count executions at the moment that was asked for."""

    id: str
    tier: Tier
    is_default: bool
    is_archived: bool
    created_at: datetime
    updated_at: datetime
    queued: int
    running: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HardwareTierPage:
    items: tuple[HardwareTierDocument, ...]
    total: int
