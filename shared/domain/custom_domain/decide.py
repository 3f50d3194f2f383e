"""The rules of custom domains: only what changes is recorded."""

from typing import assert_never

from shared.domain.custom_domain.certificate import CertificateInvalid, read_chain
from shared.domain.custom_domain.commands import (
    CustomDomainCommand,
    RemoveCertificate,
    ReportDomainCheck,
    SetCertificate,
)
from shared.domain.custom_domain.events import (
    CertificateRemoved,
    CertificateSet,
    CustomDomainEvent,
    DomainCheckFailed,
    DomainVerified,
)
from shared.domain.custom_domain.state import Certificate, State
from shared.domain.facts import Facts
from shared.domain.rejections import Invalid, NotFound, Rejection
from shared.kernel.secrets import SecretRef

Decision = tuple[CustomDomainEvent, ...] | Rejection


def decide(command: CustomDomainCommand, state: State, facts: Facts) -> Decision:
    if facts.project is None:
        return NotFound(kind="project", key=command.project_id)
    if state.project_id not in (None, command.project_id):
        return NotFound(kind="service", key=command.service_id)
    match command:
        case ReportDomainCheck():
            return _check(command, state)
        case SetCertificate():
            return _set(command, state)
        case RemoveCertificate():
            return _remove(command, state)
        case _:
            assert_never(command)


def _check(command: ReportDomainCheck, state: State) -> Decision:
    is_verified = command.method is not None
    if (state.domain, state.is_verified) == (command.domain, is_verified):
        return ()
    if command.method is not None:
        return (
            DomainVerified(
                service_id=command.service_id,
                project_id=command.project_id,
                domain=command.domain,
                method=command.method,
            ),
        )
    return (
        DomainCheckFailed(
            service_id=command.service_id,
            project_id=command.project_id,
            domain=command.domain,
            reason=command.reason,
        ),
    )


def _set(command: SetCertificate, state: State) -> Decision:
    try:
        read = read_chain(command.chain)
    except CertificateInvalid as invalid:
        return Invalid(field="certificate", message=str(invalid))
    if not read.covers(command.domain):
        return Invalid(field="certificate", message=f"does not name {command.domain}")
    if not isinstance(command.key, SecretRef):
        raise TypeError("a key that was not sealed")
    wanted = Certificate(domain=command.domain, chain=read.chain, key_mac=command.key.mac)
    if state.certificate == wanted:
        return ()
    return (
        CertificateSet(
            service_id=command.service_id,
            project_id=command.project_id,
            domain=command.domain,
            chain=read.chain,
            key=command.key,
            names=read.names,
            not_before=read.not_before,
            not_after=read.not_after,
            issuer=read.issuer,
            fingerprint=read.fingerprint,
        ),
    )


def _remove(command: RemoveCertificate, state: State) -> Decision:
    if state.certificate is None or state.certificate.domain != command.domain:
        return NotFound(kind="certificate", key=command.domain)
    return (
        CertificateRemoved(
            service_id=command.service_id, project_id=command.project_id, domain=command.domain
        ),
    )
