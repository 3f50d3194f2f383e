"""The API key aggregate, put together for the shell."""

from typing import get_args

from shared.domain.api_key.commands import ApiKeyCommand, IssueApiKey
from shared.domain.api_key.decide import decide
from shared.domain.api_key.events import ApiKeyEvent
from shared.domain.api_key.state import Absent, State, evolve
from shared.domain.claim import Claim
from shared.domain.descriptor import Aggregate, Subject


def subject(command: ApiKeyCommand) -> Subject:
    needed = command.principal_id if isinstance(command, IssueApiKey) else None
    return Subject(id=command.key_id, principal_id=needed, holder_id=needed)


def claims(state: State, event: ApiKeyEvent) -> tuple[Claim, ...]:
    return ()


API_KEY = Aggregate(
    stream_type="api_key",
    commands=get_args(ApiKeyCommand),
    creating=(IssueApiKey,),
    events=get_args(ApiKeyEvent),
    initial=Absent(),
    evolve=evolve,
    decide=decide,
    subject=subject,
    claims=claims,
)
