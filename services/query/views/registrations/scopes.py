"""Which project a registry's client means: by id, by handle, or its default.

What the asker may not read is absent here, also by its handle: a registry has no word for more."""

from services.query.asked import Asked
from shared.access.state import Project
from shared.domain.rejections import Forbidden, NotFound
from shared.kernel.ids import is_id

DEFAULT = "default"


def scope_of(key: str | None, asked: Asked) -> Project | NotFound:
    """Whatever the asker may see of it: that is the answers' own check."""
    if key is None or key == DEFAULT:
        found = default_of(asked)
    elif is_id(key):
        found = asked.index.live_project(key)
    else:
        found = asked.index.project_of_handle(key)
    return NotFound(kind="project", key=key or DEFAULT) if found is None else found


async def granted_in(project_id: str, asked: Asked) -> list[str]:
    """Live services of the project that the asker may read by a grant on each of them alone."""
    granted = asked.granted("service.read")
    if not granted or asked.index.live_project(project_id) is None:
        return []
    rows = await asked.rows("list_granted", project_id=project_id, service_ids=granted)
    return [row[0] for row in rows]


def unseen(project: Project, key: str | None, asked: Asked) -> NotFound | Forbidden:
    """Why none of a project's services are shown."""
    if asked.may("project.read", project.id):
        return Forbidden(action="service.read", resource=f"project:{project.handle}")
    return NotFound(kind="project", key=key or DEFAULT)


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
