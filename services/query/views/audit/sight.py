"""Who may see what happened: today's permission on the thing's own id, whatever the moment.

What is not visible answers as what is not there. A project that was removed stays readable here
(and only here) for those who may read its account."""

from services.query.asked import Asked

# Streams of what belongs to a service: their events name it, and who sees it sees them.
OF_SERVICES = frozenset({"service", "replica", "scaling", "unit_test", "watch", "custom_domain"})


async def may_see(kind: str, id_: str, asked: Asked) -> bool:
    index = asked.index
    match kind:
        case "service":
            projects = await projects_of((id_,), asked)
            return id_ in projects and may_in_project("service.read", projects[id_], asked, id_)
        case "project":
            return may_in_project("project.read", id_, asked)
        case "principal" | "account":
            return id_ in index.principals and _may_in_account("account.read", id_, asked)
        case "api_key":
            key = index.keys.get(id_)
            return key is not None and _may_in_account("api_key.write", key.principal_id, asked)
        case "grant":
            grant = index.grants.get(id_)
            return grant is not None and _may_in_account("grant.write", grant.principal_id, asked)
        case "webhook":
            row = await asked.row("get_account_of_stream", stream=f"webhook-{id_}")
            return row is not None and _may_in_account("webhook.write", row[0], asked)
        case "execution":
            row = await asked.row("get_sight_of_execution", id=id_)
            return row is not None and may_see_execution(row[0], row[1], asked)
        case "environment":
            row = await asked.row("get_sight_of_environment", id=id_)
            return row is not None and (
                row[1] == "global" or _may_in_account("environment.read", row[0], asked)
            )
        case "hardware_tier":
            # Whoever has signed in sees them; that there is none says its empty history.
            return await asked.row("get_account_of_stream", stream=f"{kind}-{id_}") is not None
        case "node":
            return index.is_installation_admin(asked.asker.id)
        case _:
            return False


def may_see_execution(project_id: str | None, account_id: str, asked: Asked) -> bool:
    """A job is its project's, a build its environment's owner's."""
    if project_id is not None:
        return may_in_project("job.read", project_id, asked)
    return _may_in_account("environment.read", account_id, asked)


async def projects_of(service_ids: tuple[str, ...], asked: Asked) -> dict[str, str]:
    if not service_ids:
        return {}
    rows = await asked.rows("list_projects_of_services", ids=list(service_ids))
    return {row[0]: row[1] for row in rows}


def may_in_project(
    action: str, project_id: str, asked: Asked, service_id: str | None = None
) -> bool:
    """`service_id`: a grant on that service alone will do."""
    if asked.is_process:
        return True
    project = asked.index.projects.get(project_id)
    if project is None:
        return False
    if asked.index.live_project(project_id) is not None:
        return asked.index.may(asked.asker.id, action, project_id=project_id, service_id=service_id)
    return _may_in_account("account.read", project.account_id, asked)


def _may_in_account(action: str, account_id: str, asked: Asked) -> bool:
    if asked.is_process or asked.index.is_installation_admin(asked.asker.id):
        return True
    return asked.index.principal_is_live(account_id) and asked.index.may_in_account(
        asked.asker.id, action, account_id
    )


async def granted_projects(asked: Asked) -> frozenset[str]:
    """Live projects with a service that the asker may read by a grant on it alone."""
    projects = await projects_of(tuple(asked.granted("service.read")), asked)
    return frozenset(id_ for id_ in projects.values() if asked.index.live_project(id_))


async def readable_accounts(asked: Asked) -> list[str] | None:
    """In whose part of the log anything visible may lie; None means in all."""
    index, me = asked.index, asked.asker.id
    if asked.is_process or index.is_installation_admin(me):
        return None
    projects = index.visible_projects(me)
    if projects is None:
        return None
    accounts = set(index.accounts_of(me))
    projects |= await granted_projects(asked)
    accounts |= {index.projects[project].account_id for project in projects}
    accounts |= {
        key
        for key in index.principals
        if key not in accounts and _may_in_account("account.read", key, asked)
    }
    return sorted(accounts)


def may_see_stream(
    stream: str,
    project_id: str | None,
    account_id: str,
    asked: Asked,
    *,
    service_id: str | None = None,
) -> bool:
    """The same rules for one event of a feed; ids are those of the service it belongs to."""
    kind, _, id_ = stream.partition("-")
    index = asked.index
    match kind:
        case _ if kind in OF_SERVICES:
            return project_id is not None and may_in_project(
                "service.read", project_id, asked, service_id
            )
        case "vault" if project_id is not None:
            # What was done to a service's secrets belongs to its history.
            return may_in_project("service.read", project_id, asked, service_id)
        case "project":
            return may_in_project("project.read", id_, asked)
        case "principal":
            return _may_in_account("account.read", id_, asked)
        case "api_key":
            key = index.keys.get(id_)
            return key is not None and _may_in_account("api_key.write", key.principal_id, asked)
        case "grant":
            grant = index.grants.get(id_)
            return grant is not None and _may_in_account("grant.write", grant.principal_id, asked)
        case "execution":
            return may_see_execution(project_id, account_id, asked)
        case "environment":
            return _may_in_account("environment.read", account_id, asked)
        case _:
            return _may_in_account("account.write", account_id, asked)
