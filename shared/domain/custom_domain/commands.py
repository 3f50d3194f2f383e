"""What is said of a custom domain: by the prober, what stands in the DNS; by people, with which
certificate it is served."""

from dataclasses import dataclass
from typing import Literal

from shared.kernel.secrets import PlainText, SecretRef

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


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCertificate:
    """`chain` in PEM, the domain's own certificate first; `key` is its private key in PEM."""

    service_id: str
    project_id: str
    domain: str
    chain: str
    key: PlainText | SecretRef


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveCertificate:
    service_id: str
    project_id: str
    domain: str


CustomDomainCommand = ReportDomainCheck | SetCertificate | RemoveCertificate
