"""Outpost's pages: `page` and `per_page` in, `pagination` beside `data` out (spec B1)."""

from pydantic import BaseModel

from services.gateway.parameters import Query, QueryInt

PER_PAGE_MAX = 100


class Pagination(BaseModel):
    page: int
    per_page: int
    total: int
    total_pages: int


class PageQuery(Query):
    page: QueryInt = 1
    per_page: QueryInt = 20


def pagination(page: int, per_page: int, total: int) -> Pagination:
    pages = -(-total // per_page)
    return Pagination(page=page, per_page=per_page, total=total, total_pages=pages)
