"""What may be asked of a stream of lines."""

from pydantic import Field

from services.gateway.parameters import Query, QueryInt


class FollowQuery(Query):
    tail: QueryInt = Field(
        100,
        description="Begin with so many of the newest lines, where no Last-Event-ID is given.",
        json_schema_extra={"minimum": 0, "maximum": 10_000},
    )
