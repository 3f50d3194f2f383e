"""The custom domain aggregate, put together for the shell: one stream a service, under its id.

That no two services have one domain is the service's own claim (shared/domain/service)."""

from dataclasses import replace
from typing import get_args

from shared.domain.claim import Claim
from shared.domain.custom_domain.certificate import CertificateInvalid, check_key
from shared.domain.custom_domain.commands import CustomDomainCommand, SetCertificate
from shared.domain.custom_domain.decide import decide
from shared.domain.custom_domain.events import CustomDomainEvent
from shared.domain.custom_domain.state import State, evolve
from shared.domain.descriptor import Aggregate, Subject
from shared.domain.rejections import Invalid
from shared.kernel.secrets import PlainText, SecretRef

KEY_NAME = "certificate_key"


def subject(command: CustomDomainCommand) -> Subject:
    return Subject(id=command.service_id, project_id=command.project_id)


def claims(state: State, event: CustomDomainEvent) -> tuple[Claim, ...]:
    return ()


def secrets(command: CustomDomainCommand, state: State) -> tuple[tuple[str, str, PlainText], ...]:
    if isinstance(command, SetCertificate) and isinstance(command.key, PlainText):
        return ((command.service_id, KEY_NAME, command.key),)
    return ()


def unsealable(command: CustomDomainCommand) -> Invalid | None:
    """What can only be seen of a key in the clear: that it is the certificate's."""
    if not isinstance(command, SetCertificate) or not isinstance(command.key, PlainText):
        return None
    try:
        check_key(command.chain, command.key.text)
    except CertificateInvalid as invalid:
        return Invalid(field=invalid.field, message=str(invalid))
    return None


def sealed(command: CustomDomainCommand, refs: dict[str, SecretRef]) -> CustomDomainCommand:
    if isinstance(command, SetCertificate) and KEY_NAME in refs:
        return replace(command, key=refs[KEY_NAME])
    return command


CUSTOM_DOMAIN = Aggregate(
    stream_type="custom_domain",
    commands=get_args(CustomDomainCommand),
    creating=(),
    events=get_args(CustomDomainEvent),
    initial=State(),
    evolve=evolve,
    decide=decide,
    subject=subject,
    claims=claims,
    secrets=secrets,
    unsealable=unsealable,
    sealed=sealed,
)
