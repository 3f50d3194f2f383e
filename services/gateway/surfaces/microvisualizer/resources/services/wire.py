"""Services on the wire."""

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from services.gateway.parameters import Body
from services.gateway.surfaces.microvisualizer.wire import ActorType

Name = Annotated[str, Field(min_length=1, max_length=60)]
Description = Annotated[str, Field(max_length=200)]
Label = Annotated[str, Field(min_length=1, max_length=60)]
Flow = Annotated[str, Field(min_length=1, max_length=100)]
Extras = Annotated[dict[str, Annotated[str, Field(max_length=500)]], Field(max_length=20)]
TopicName = Annotated[str, Field(min_length=1, max_length=255)]


class MessagingTopic(Body):
    """The one open object of this dialect: what it does not know, it ignores."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)
    nullable: ClassVar[frozenset[str]] = frozenset({"category", "owner", "flows", "extras"})

    name: TopicName
    category: Label | None = None
    owner: Label | None = None
    flows: list[Flow] | None = None
    extras: Extras | None = None


class ServiceUpdate(Body):
    nullable: ClassVar[frozenset[str]] = frozenset(
        {"description", "category", "owner", "flows", "extras"}
    )

    name: Name | None = None
    description: Description | None = None
    category: Label | None = None
    owner: Label | None = None
    flows: list[Flow] | None = None
    consumes: list[MessagingTopic] | None = None
    produces: list[MessagingTopic] | None = None
    extras: Extras | None = None


class ServiceCreate(Body):
    nullable: ClassVar[frozenset[str]] = ServiceUpdate.nullable

    name: Name
    description: Description | None = None
    category: Label | None = None
    owner: Label | None = None
    flows: list[Flow] | None = None
    consumes: list[MessagingTopic] | None = None
    produces: list[MessagingTopic] | None = None
    extras: Extras | None = None


class Topic(BaseModel):
    name: str
    category: str | None = None
    owner: str | None = None
    flows: list[str] | None = None
    extras: dict[str, str] | None = None


class ServiceGet(BaseModel):
    slug: str
    name: str
    description: str | None = None
    category: str | None = None
    owner: str | None = None
    flows: list[str] | None = None
    consumes: list[Topic]
    produces: list[Topic]
    extras: dict[str, str] | None = None
    createdBy: str
    createdByType: ActorType
    createdAt: str
    updatedBy: str
    updatedByType: ActorType
    updatedAt: str
    validFrom: str
    validUntil: str | None = None


class ServiceRaw(BaseModel):
    name: str
    description: str | None
    category: str | None
    owner: str | None
    flows: list[str] | None
    consumes: list[Topic]
    produces: list[Topic]
    extras: dict[str, str] | None
