"""What is said of a custom domain: by the prober, what stands in the DNS."""

from dataclasses import dataclass
from typing import Literal

Method = Literal["cname", "txt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDomainCheck:
    """`method` is the record that proves the domain, None where neither does; `reason` says then
    what was found instead."""

    service_id: str
    project_id: str
    domain: str
    method: Method | None
    reason: str = ""


CustomDomainCommand = ReportDomainCheck
