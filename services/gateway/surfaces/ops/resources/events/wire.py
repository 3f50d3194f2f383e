"""The log as a feed, on the wire: which events are asked for."""

from pydantic import Field

from services.gateway.parameters import Query, QueryInt


class FeedQuery(Query):
    after: QueryInt | None = Field(None, description="Only events after this position.")
    account: str | None = Field(None, description="Id or handle.")
    project: str | None = Field(None, description="Id or handle.")
    type: str | None = Field(None, description="Types with commas; `replica.*` is all of one.")
    stream: str | None = Field(None, description="Of one thing: `service-<id>`.")


class PageQuery(FeedQuery):
    limit: QueryInt = Field(500, json_schema_extra={"minimum": 1, "maximum": 1000})
