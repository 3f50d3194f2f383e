"""Answers about people and organizations, for dialects that page by offset."""

from services.query.asked import Asked
from services.query.paging import PER_PAGE_MAX, fitting, page_of
from services.query.views.identity import documents, visible
from shared.domain.rejections import Forbidden
from shared.queries.identity import ListOrganizations, ListPeople, PrincipalPage


async def list_people(question: ListPeople, asked: Asked) -> PrincipalPage:
    seen = visible.principals(asked)
    rows = await asked.rows(
        "list_principals",
        everyone=seen.everyone,
        ids=sorted(asked.index.seen_by(asked.asker.id)),
        accounts=list(seen.accounts),
        kind="user",
        **_slice(question.offset, question.limit),
    )
    items, total = page_of(fitting(rows), documents.principal)
    return PrincipalPage(items=items, total=total)


async def list_organizations(
    question: ListOrganizations, asked: Asked
) -> PrincipalPage | Forbidden:
    me = asked.asker.id
    if question.everyones and not asked.index.is_installation_admin(me):
        return Forbidden(action="organization.list", resource="*")
    rows = await asked.rows(
        "list_organizations",
        everyones=question.everyones,
        ids=sorted(asked.index.accounts_of(me)),
        exact_name=question.name,
        name_part=question.name_part,
        **_slice(question.offset, question.limit),
    )
    items, total = page_of(fitting(rows), documents.principal)
    return PrincipalPage(items=items, total=total)


def _slice(offset: int, limit: int) -> dict[str, int]:
    return {"offset": max(offset, 0), "limit": min(max(limit, 0), PER_PAGE_MAX)}
