"""Stacks as ZenML spells them."""

from typing import Any

from pydantic import Field

from services.gateway.surfaces.zenml.wire import OPERATORS, HydrateQuery, PageQuery, Published


class StacksQuery(PageQuery, HydrateQuery):
    """`name` and `id` take a value or `equals:value`; the other filters are let be."""

    id: str | None = Field(default=None, description=OPERATORS)
    name: str | None = Field(default=None, description=OPERATORS)


class ComponentBody(Published):
    created: str
    updated: str
    user_id: str | None = None
    type: str
    flavor_name: str = "local"
    integration: str = "built-in"
    logo_url: str = ""


class Component(Published):
    body: ComponentBody
    metadata: None = None
    resources: None = None
    id: str
    permission_denied: bool = False
    name: str = "default"


class StackBody(Published):
    created: str
    updated: str
    user_id: str | None = None


class StackMetadata(Published):
    components: dict[str, list[Component]]
    description: str = ""
    stack_spec_path: str | None = None
    environment: dict[str, str] = Field(default_factory=dict)
    secrets: list[str] = Field(default_factory=list)
    labels: dict[str, Any] = Field(default_factory=dict)


class StackResources(Published):
    user: None = None


class Stack(Published):
    body: StackBody
    metadata: StackMetadata | None
    # Made each time: a value here would be the default of the published schema, and is no JSON.
    resources: StackResources = Field(default_factory=StackResources)
    id: str
    permission_denied: bool = False
    name: str = "default"


class StackPage(Published):
    index: int
    max_size: int
    total_pages: int
    total: int
    items: list[Stack]
