"""What every resource of `/ops` shares on the wire: the problem (RFC 9457) and the page."""

from pydantic import BaseModel, Field

from services.gateway.parameters import Query, QueryInt


class FieldProblem(BaseModel):
    field: str
    message: str


class Problem(BaseModel):
    """RFC 9457. `code` is a stable word, `errors` names fields where fields are wrong."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[FieldProblem] | None = None


class Pagination(BaseModel):
    page: int
    per_page: int
    total: int
    total_pages: int


class PageQuery(Query):
    page: QueryInt = Field(1, json_schema_extra={"minimum": 1})
    per_page: QueryInt = Field(20, json_schema_extra={"minimum": 1, "maximum": 100})


class Membership(BaseModel):
    principal_id: str
    role: str
