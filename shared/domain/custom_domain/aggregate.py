"""The custom domain aggregate, put together for the shell: one stream a service, under its id.

That no two services have one domain is the service's own claim (shared/domain/service)."""

from typing import get_args

from shared.domain.claim import Claim
from shared.domain.custom_domain.commands import CustomDomainCommand, ReportDomainCheck
from shared.domain.custom_domain.decide import decide
from shared.domain.custom_domain.events import CustomDomainEvent
from shared.domain.custom_domain.state import State, evolve
from shared.domain.descriptor import Aggregate, Subject


def subject(command: CustomDomainCommand) -> Subject:
    return Subject(id=command.service_id, project_id=command.project_id)


def claims(state: State, event: CustomDomainEvent) -> tuple[Claim, ...]:
    return ()


CUSTOM_DOMAIN = Aggregate(
    stream_type="custom_domain",
    commands=(ReportDomainCheck,),
    creating=(),
    events=get_args(CustomDomainEvent),
    initial=State(),
    evolve=evolve,
    decide=decide,
    subject=subject,
    claims=claims,
)
