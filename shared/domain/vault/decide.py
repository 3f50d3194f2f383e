"""The rule of the vault: an erasure is always done, also again, because secrets may have come."""

from shared.domain.facts import Facts
from shared.domain.rejections import Invalid, Rejection
from shared.domain.vault.commands import VaultCommand
from shared.domain.vault.events import SecretsErased, VaultEvent
from shared.domain.vault.state import State
from shared.kernel.ids import is_id

Decision = tuple[VaultEvent, ...] | Rejection


def decide(command: VaultCommand, state: State, facts: Facts) -> Decision:
    if not is_id(command.owner_id):
        return Invalid(field="owner", message="must be 24 hexadecimal digits")
    return (SecretsErased(owner_id=command.owner_id, account_id=command.account_id),)
