"""What may be asked of the vault."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseSecrets:
    """Everything that was ever sealed for this owner (a service, a principal, a webhook) becomes
    unreadable in all of history. Keys belong to an account: another's owner has none in it."""

    owner_id: str
    account_id: str


VaultCommand = EraseSecrets
