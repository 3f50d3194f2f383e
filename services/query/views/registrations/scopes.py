"""Which project a registry's client means: by id, by handle, or its default.

What the asker may not read is absent here, also by its handle: a registry has no word for more."""

from services.query.asked import Asked
from shared.access.index import Project
from shared.domain.rejections import NotFound
from shared.kernel.ids import is_id

DEFAULT = "default"


def scope_of(key: str | None, asked: Asked) -> Project | NotFound:
    if key is None or key == DEFAULT:
        found = default_of(asked)
    elif is_id(key):
        found = asked.index.live_project(key)
    else:
        found = asked.index.project_of_handle(key)
    if found is None or not asked.may("project.read", found.id):
        return NotFound(kind="project", key=key or DEFAULT)
    return found


def default_of(asked: Asked) -> Project | None:
    """Of the organization `default` where the asker may read it, else of the first organization he
    belongs to, else his own; a service account's is that of the account it works for."""
    index = asked.index
    general = index.project_of_handle(DEFAULT)
    if general is not None and asked.may("project.read", general.id):
        return general
    me = index.principals.get(asked.asker.id)
    if me is None:
        return None
    # Ids are in order of time.
    others = sorted(index.accounts_of(me.id) - {me.account_id})
    for account_id in (*others, me.account_id):
        account = index.principals.get(account_id)
        home = index.project_of_handle(account.handle) if account and account.handle else None
        if home is not None and asked.may("project.read", home.id):
            return home
    return None
