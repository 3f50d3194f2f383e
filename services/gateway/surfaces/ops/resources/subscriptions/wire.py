"""Subscriptions on the wire."""

from typing import ClassVar

from pydantic import BaseModel, Field

from services.gateway.parameters import Body
from services.gateway.surfaces.ops.wire import PageQuery, Pagination


class CreateSubscription(Body):
    nullable: ClassVar[frozenset[str]] = frozenset({"account", "api_key", "after"})

    name: str = Field(json_schema_extra={"minLength": 1, "maxLength": 100})
    account: str | None = Field(
        None, description="Id or handle of whose events; the caller by default."
    )
    api_key: str | None = Field(
        None, description="Id of the key that will connect; the one of this request by default."
    )
    after: int | None = Field(
        None,
        description="Log position seen already: 0 is all that the bus still keeps, none is what "
        "comes from now on.",
        json_schema_extra={"minimum": 0},
    )


class ListQuery(PageQuery):
    account: str | None = Field(None, description="Id or handle of whose events.")


class Connection(BaseModel):
    """How a NATS client connects: the password is the token of the API key. Ask `next_subject`
    for events, with a reply subject that begins with `inbox_prefix`, and acknowledge each."""

    url: str | None
    user: str
    password: str
    inbox_prefix: str
    stream: str
    consumer: str
    next_subject: str
    ack_subject: str
    events: str


class Subscription(BaseModel):
    id: str
    account_id: str
    api_key_id: str
    name: str
    after: int
    created_at: str
    connection: Connection


class SubscriptionList(BaseModel):
    data: list[Subscription]
    pagination: Pagination
