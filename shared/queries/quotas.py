"""What a project may have and run, and what of it is taken."""

from dataclasses import dataclass

from shared.domain.quotas import Amount, Quota


@dataclass(frozen=True, slots=True, kw_only=True)
class GetQuota:
    """NotFound where there is no such project or the asker may not read it."""

    project_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaDocument:
    """`services` are the live ones of any kind, `used` what their replicas take that run."""

    project_id: str
    quota: Quota
    services: int
    used: Amount
