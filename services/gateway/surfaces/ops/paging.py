"""Pages of `/ops`: as Outpost's, so that one client code reads both."""

from services.gateway.refusals import BadFields, Refused
from services.gateway.surfaces.ops.wire import PageQuery, Pagination

PER_PAGE_MAX = 100


def checked(query: PageQuery) -> None:
    problems: list[tuple[str, str]] = []
    if query.page < 1:
        problems.append(("page", "must be at least 1"))
    if not 1 <= query.per_page <= PER_PAGE_MAX:
        problems.append(("per_page", f"must be from 1 to {PER_PAGE_MAX}"))
    if problems:
        raise Refused(BadFields(problems=tuple(problems)))


def pagination(query: PageQuery, total: int) -> Pagination:
    return Pagination(
        page=query.page,
        per_page=query.per_page,
        total=total,
        total_pages=-(-total // query.per_page),
    )
