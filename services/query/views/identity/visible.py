"""Whom one may see: oneself, one's accounts with their members and service accounts.

None means everybody: the installation's admin. Filters go into the SQL, before paging."""

from dataclasses import dataclass

from services.query.asked import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Principals named by id, and all that belong to one of the accounts."""

    everyone: bool
    ids: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()

    def holds(self, principal_id: str, account_id: str) -> bool:
        return self.everyone or principal_id in self.ids or account_id in self.accounts


def principals(asked: Asked) -> Seen:
    me = asked.asker.id
    if asked.index.is_installation_admin(me):
        return Seen(everyone=True)
    accounts = asked.index.accounts_of(me)
    ids = {me} | accounts
    for account_id in accounts:
        account = asked.index.principals.get(account_id)
        ids |= account.members.keys() if account is not None else set()
    return Seen(everyone=False, ids=tuple(sorted(ids)), accounts=tuple(sorted(accounts)))


def holders(asked: Asked, action: str) -> Seen:
    """Principals in whose name the asker may `action` (their keys, their grants)."""
    me = asked.asker.id
    if asked.index.is_installation_admin(me):
        return Seen(everyone=True)
    seen = principals(asked)
    candidates = set(seen.ids) | {
        p.id for p in asked.index.principals.values() if p.account_id in seen.accounts
    }
    ids = {id_ for id_ in candidates if asked.index.may_in_account(me, action, id_)}
    return Seen(everyone=False, ids=tuple(sorted(ids)))
