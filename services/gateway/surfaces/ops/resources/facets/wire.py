"""What a service may be made of, in our own words: one body per facet."""

from typing import Any, ClassVar

from pydantic import BaseModel, Field

from services.gateway.parameters import Body


class Workload(Body):
    """Something to run: a repository or an image, with the same fields and limits as elsewhere."""

    repo: str | None = None
    branch: str | None = None
    image: str | None = None
    command: str | None = Field(None, min_length=1, max_length=4096)
    gpu: str = "none"
    gpu_count: int = 1
    cpu: int = 8
    memory_gb: int = 32
    replicas_min: int = 1
    replicas_max: int | None = None
    target_gpu_utilization: int | None = None
    port: int = 8000
    health_check_path: str = "/health"
    env: dict[str, str] = Field(default_factory=dict)
    region: str = "us-east-1"
    custom_domain: str | None = None


class Registration(Body):
    """What a registry of model servers knows. A field that is absent stays; null clears."""

    nullable: ClassVar[frozenset[str]] = frozenset(
        {
            "service_source",
            "admin_state",
            "status",
            "endpoint",
            "prediction_url",
            "health_check_url",
            "model_version_id",
        }
    )

    service_type: dict[str, Any] | None = None
    config: dict[str, Any] | None = None
    service_source: str | None = None
    admin_state: str | None = None
    status: dict[str, Any] | None = None
    endpoint: dict[str, Any] | None = None
    prediction_url: str | None = None
    health_check_url: str | None = None
    model_version_id: str | None = None


class Conversation(Body):
    """An agent and a state machine. A new one needs both and `is_active`."""

    agent_id: str | None = None
    state_machine_id: str | None = None
    is_active: bool | None = None
    tags: dict[str, str | None] | None = None
    keyterms: list[str] | None = None


class Topic(Body):
    nullable: ClassVar[frozenset[str]] = frozenset({"category", "owner", "flows", "extras"})

    name: str
    category: str | None = None
    owner: str | None = None
    flows: list[str] | None = None
    extras: dict[str, str] | None = None


class Participation(Body):
    """A place in an event-driven architecture. A field that is absent stays; null clears."""

    nullable: ClassVar[frozenset[str]] = frozenset({"category", "owner", "flows", "extras"})

    category: str | None = None
    owner: str | None = None
    flows: list[str] | None = None
    consumes: list[Topic] | None = None
    produces: list[Topic] | None = None
    extras: dict[str, str] | None = None


class Facets(BaseModel):
    """`facets` names all that the service has. The workload itself is shown with the service."""

    service_id: str
    facets: list[str]
    registration: dict[str, Any] | None
    conversation: dict[str, Any] | None
    participation: dict[str, Any] | None
