"""Answers about principals, projects, keys and grants; and who it is that asks."""

from dataclasses import replace
from pathlib import Path

from services.query.asked import Asked
from services.query.paging import limits, page_of
from services.query.view import View
from services.query.views.identity import documents, visible
from services.query.views.identity.people import list_organizations, list_people
from services.query.views.identity.projection import project
from shared.access.state import Key, Project
from shared.domain.rejections import Forbidden, NotFound, Unauthenticated
from shared.kernel.ids import is_id
from shared.queries.identity import (
    ApiKeyDocument,
    ApiKeyPage,
    Authenticate,
    AuthenticateKey,
    CallerDocument,
    GetApiKey,
    GetGrant,
    GetPrincipal,
    GetProject,
    GrantDocument,
    GrantPage,
    ListApiKeys,
    ListGrants,
    ListOrganizations,
    ListPeople,
    ListPrincipals,
    ListProjects,
    PrincipalDocument,
    PrincipalPage,
    ProjectDocument,
    ProjectPage,
    WhoAmI,
)

# Of an account, where somebody asks for it by itself.
ACCOUNT_ACTIONS = ("account.read", "account.write", "environment.write", "project.create")


async def authenticate(question: Authenticate, asked: Asked) -> CallerDocument | Unauthenticated:
    key = asked.index.key_of_digest(question.digest, asked.now)
    return Unauthenticated() if key is None else await _caller(key, asked)


async def authenticate_key(
    question: AuthenticateKey, asked: Asked
) -> CallerDocument | Unauthenticated:
    key = asked.index.live_key(question.key_id, asked.now)
    return Unauthenticated() if key is None else await _caller(key, asked)


async def who_am_i(question: WhoAmI, asked: Asked) -> CallerDocument | Unauthenticated:
    credential_id = asked.asker.credential_id
    key = asked.index.live_key(credential_id, asked.now) if credential_id else None
    return Unauthenticated() if key is None else await _caller(key, asked)


async def _caller(key: Key, asked: Asked) -> CallerDocument:
    index = asked.index
    principal = index.principals[key.principal_id]
    row = await asked.row("get_name_of_principal", principal_id=principal.id)
    return CallerDocument(
        principal_id=principal.id,
        kind=principal.kind,
        handle=principal.handle,
        # The index may be a moment ahead of the rows.
        name=row[0] if row is not None else principal.handle or "",
        key_id=key.id,
        key_name=key.name,
        key_expires_at=key.expires_at,
        is_installation_admin=index.is_installation_admin(principal.id),
        accounts=tuple(sorted(index.accounts_of(principal.id))),
    )


async def get_principal(question: GetPrincipal, asked: Asked) -> PrincipalDocument | NotFound:
    row = await asked.row("get_principal", key=question.key)
    if row is not None:
        document = documents.principal(row)
        if visible.principals(asked).holds(document.id, document.account_id):
            index, me = asked.index, asked.asker.id
            may = tuple(a for a in ACCOUNT_ACTIONS if index.may_in_account(me, a, document.id))
            return replace(document, may=may)
    return NotFound(kind="principal", key=question.key)


async def list_principals(question: ListPrincipals, asked: Asked) -> PrincipalPage:
    seen = visible.principals(asked)
    rows = await asked.rows(
        "list_principals",
        everyone=seen.everyone,
        ids=list(seen.ids),
        accounts=list(seen.accounts),
        kind=question.kind,
        **limits(question.page, question.per_page),
    )
    items, total = page_of(rows, documents.principal)
    return PrincipalPage(items=items, total=total)


async def get_project(question: GetProject, asked: Asked) -> ProjectDocument | NotFound | Forbidden:
    found = _project(question.key, asked)
    if not isinstance(found, Project):
        return found
    row = await asked.row("get_project", project_id=found.id)
    if row is None:
        return NotFound(kind="project", key=question.key)
    return documents.project(row, asked)


def _project(key: str, asked: Asked) -> Project | NotFound | Forbidden:
    """By id a foreign project is absent; by its handle, which is public, it is forbidden."""
    if is_id(key) and (project := asked.index.live_project(key)) is not None:
        if asked.may("project.read", project.id):
            return project
        return NotFound(kind="project", key=key)
    return asked.project(key, "project.read")


async def list_projects(question: ListProjects, asked: Asked) -> ProjectPage:
    ids = asked.index.visible_projects(asked.asker.id)
    # A project that was removed answers at no moment, so it is left out of the past too.
    hidden = [p.id for p in asked.index.projects.values() if not asked.index.live_project(p.id)]
    rows = await asked.rows(
        "list_projects",
        everything=ids is None,
        ids=sorted(ids or ()),
        hidden=hidden,
        account_id=question.account_id,
        **limits(question.page, question.per_page),
    )
    items, total = page_of(rows, lambda row: documents.project(row, asked))
    return ProjectPage(items=items, total=total)


async def get_api_key(question: GetApiKey, asked: Asked) -> ApiKeyDocument | NotFound:
    row = await asked.row("get_api_key", key_id=question.key_id)
    if row is None or not _may_for(row[1], "api_key.write", asked):
        return NotFound(kind="api_key", key=question.key_id)
    return documents.api_key(row)


async def list_api_keys(question: ListApiKeys, asked: Asked) -> ApiKeyPage:
    seen = visible.holders(asked, "api_key.write")
    rows = await asked.rows(
        "list_api_keys",
        everyone=seen.everyone,
        principals=list(seen.ids),
        principal_id=question.principal_id,
        **limits(question.page, question.per_page),
    )
    items, total = page_of(rows, documents.api_key)
    return ApiKeyPage(items=items, total=total)


async def get_grant(question: GetGrant, asked: Asked) -> GrantDocument | NotFound:
    row = await asked.row("get_grant", grant_id=question.grant_id)
    if row is None or not _may_for(row[1], "grant.write", asked):
        return NotFound(kind="grant", key=question.grant_id)
    return documents.grant(row)


async def list_grants(question: ListGrants, asked: Asked) -> GrantPage:
    seen = visible.holders(asked, "grant.write")
    rows = await asked.rows(
        "list_grants",
        everyone=seen.everyone,
        principals=list(seen.ids),
        principal_id=question.principal_id,
        **limits(question.page, question.per_page),
    )
    items, total = page_of(rows, documents.grant)
    return GrantPage(items=items, total=total)


def _may_for(principal_id: str, action: str, asked: Asked) -> bool:
    return asked.index.may_in_account(asked.asker.id, action, principal_id)


IDENTITY = View(
    name="identity",
    sql=Path(__file__).parent / "sql",
    streams=("principal", "project", "api_key", "grant", "vault"),
    tables=("principal", "project", "api_key", "access_grant"),
    project=project,
    reads=("identity",),
    answers={
        Authenticate: authenticate,
        AuthenticateKey: authenticate_key,
        WhoAmI: who_am_i,
        GetPrincipal: get_principal,
        ListPrincipals: list_principals,
        ListPeople: list_people,
        ListOrganizations: list_organizations,
        GetProject: get_project,
        ListProjects: list_projects,
        GetApiKey: get_api_key,
        ListApiKeys: list_api_keys,
        GetGrant: get_grant,
        ListGrants: list_grants,
    },
)
