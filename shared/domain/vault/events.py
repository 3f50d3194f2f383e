"""What happened in the vault."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretsErased:
    """The command process destroys the owner's keys before anybody hears of this."""

    owner_id: str
    account_id: str


VaultEvent = SecretsErased
