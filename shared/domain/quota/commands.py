"""What may be asked of a project's quota."""

from dataclasses import dataclass

from shared.domain.quotas import Quota


@dataclass(frozen=True, slots=True, kw_only=True)
class SetQuota:
    """The whole of it: a limit that is not given is none."""

    project_id: str
    quota: Quota


QuotaCommand = SetQuota
