"""What may be asked of a hardware tier."""

from dataclasses import dataclass

from shared.domain.hardware_tier.tier import Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateHardwareTier:
    """`account_id`: who keeps the installation, in whose part of the log the tier is."""

    tier_id: str
    account_id: str
    tier: Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseHardwareTier:
    tier_id: str
    tier: Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveHardwareTier:
    """Nothing new starts on it, and what waits for it is given up."""

    tier_id: str


HardwareTierCommand = CreateHardwareTier | ReviseHardwareTier | ArchiveHardwareTier
