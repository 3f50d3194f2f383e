"""What happened to a project's quota."""

from dataclasses import dataclass

from shared.domain.quotas import Quota


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaSet:
    """All limits after the change. What runs beyond them runs on; nothing more is started."""

    project_id: str
    quota: Quota


QuotaEvent = QuotaSet
