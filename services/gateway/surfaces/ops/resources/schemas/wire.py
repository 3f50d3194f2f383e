"""The description of one type of event on the wire."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class EventSchema(BaseModel):
    """`schema` is JSON Schema of the event's `data`, `example` data that it fits."""

    model_config = ConfigDict(serialize_by_alias=True)

    type: str
    version: int
    description: str
    json_schema: dict[str, Any] = Field(serialization_alias="schema")
    example: Any
