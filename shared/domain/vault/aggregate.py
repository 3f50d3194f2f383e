"""The vault aggregate, put together for the shell."""

from shared.domain.claim import Claim
from shared.domain.descriptor import Aggregate, Subject
from shared.domain.vault.commands import EraseSecrets, VaultCommand
from shared.domain.vault.decide import decide
from shared.domain.vault.events import SecretsErased, VaultEvent
from shared.domain.vault.state import State, evolve


def subject(command: VaultCommand) -> Subject:
    return Subject(id=command.owner_id, account_id=command.account_id)


def claims(state: State, event: VaultEvent) -> tuple[Claim, ...]:
    return ()


VAULT = Aggregate(
    stream_type="vault",
    commands=(EraseSecrets,),
    creating=(),
    events=(SecretsErased,),
    initial=State(),
    evolve=evolve,
    decide=decide,
    subject=subject,
    claims=claims,
)
