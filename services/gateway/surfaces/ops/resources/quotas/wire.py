"""Quotas on the wire. null is no limit."""

from typing import ClassVar

from pydantic import BaseModel, Field

from services.gateway.parameters import Body

_LIMIT = {"minimum": 0, "maximum": 1_000_000}


class SetQuota(Body):
    """All limits: one that is left out or null is none."""

    nullable: ClassVar[frozenset[str]] = frozenset(
        {"services", "replicas", "cpu", "memory_gb", "gpus"}
    )

    services: int | None = Field(None, description="Live services of any kind.")
    replicas: int | None = Field(None, description="Replicas of all services together.")
    cpu: int | None = Field(None, description="vCPU of all replicas together.")
    memory_gb: int | None = Field(None, description="Memory of all replicas together, in GiB.")
    gpus: int | None = Field(None, description="GPUs of all replicas together, of any type.")


class Limits(BaseModel):
    services: int | None
    replicas: int | None
    cpu: int | None
    memory_gb: int | None
    gpus: int | None


class Used(BaseModel):
    services: int
    replicas: int
    cpu: int
    memory_gb: int
    gpus: int


class Quota(BaseModel):
    """`used` may be beyond a limit that was lowered: what runs then runs on, and nothing more is
    started."""

    project_id: str
    limits: Limits
    used: Used
