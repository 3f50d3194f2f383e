"""What happened to a hardware tier."""

from dataclasses import dataclass

from shared.domain.hardware_tier.tier import Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class HardwareTierCreated:
    tier_id: str
    tier: Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class HardwareTierRevised:
    """The whole tier after the change."""

    tier_id: str
    tier: Tier
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HardwareTierArchived:
    tier_id: str


HardwareTierEvent = HardwareTierCreated | HardwareTierRevised | HardwareTierArchived
