"""What Domino's resources share on the wire: metadata, pages, bodies, the shape of a refusal."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from services.gateway.parameters import Query, QueryInt

LIMIT_MAX = 1000


class Body(BaseModel):
    """A JSON object of a client: unknown fields are let be, null is absent, nothing is coerced."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True, populate_by_name=True)


class PageQuery(Query):
    offset: QueryInt = Field(0, ge=0, description="How many to skip.")
    limit: QueryInt = Field(10, ge=0, le=LIMIT_MAX, description="How many at most.")


def _listed(value: object) -> object:
    """`a=1&a=2` and `a=1,2` are the same list."""
    if not isinstance(value, list | tuple):
        return value
    parts = [part.strip() for text in value for part in str(text).split(",")]
    return tuple(part for part in parts if part)


# With the default `()`, which tells `query_of` that the parameter may be repeated.
LISTED = BeforeValidator(_listed)
Words = Annotated[tuple[str, ...], LISTED]


class Metadata(BaseModel):
    requestId: str
    notices: list[str]


class Pagination(BaseModel):
    offset: int
    limit: int
    totalCount: int


class PageMetadata(Metadata):
    """Flat, as clients read it, and nested, as the reference requires it."""

    offset: int
    limit: int
    totalCount: int
    pagination: Pagination


class Envelope(BaseModel):
    """What wraps a thing: `{"project": {...}, "metadata": {...}}`."""

    metadata: Metadata


class Page(BaseModel):
    metadata: PageMetadata


class Deleted(Envelope):
    success: bool


class Failure(BaseModel):
    requestId: str
    errors: list[str]
