"""Imports on the wire. The file itself is an export: NDJSON, sent as it is."""

from pydantic import BaseModel, Field

from services.gateway.parameters import Query, QueryBool
from services.gateway.surfaces.ops.wire import Pagination


class ImportQuery(Query):
    deploy: QueryBool = Field(
        True, description="False: imported workloads rest until they are changed here."
    )
    key: str | None = Field(
        None, description="The public key that must have signed it (`name+id+key`)."
    )


class Import(BaseModel):
    """`state` is receiving, checking, done, refused or failed. `first_position` to `last_position`
    is where its events are in the log here; `of_account` null: it was a whole log."""

    id: str
    state: str
    begun_at: str
    of_account: str | None
    events: int
    streams: int
    first_position: int | None
    last_position: int | None
    sha256: str | None
    key: str | None
    trust: str | None
    deploy: bool
    code: str | None
    message: str | None
    line: int | None
    position: int | None


class ImportedPosition(BaseModel):
    """`origin` is the position in the log that the export was made of."""

    origin: int
    position: int


class ImportList(BaseModel):
    data: list[Import]
    pagination: Pagination
