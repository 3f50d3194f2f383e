"""Pins on the wire."""

from typing import ClassVar

from pydantic import BaseModel

from services.gateway.parameters import Body


class PinProject(Body):
    """The published object is that of the answer; a moment that a client sends is not used."""

    nullable: ClassVar[frozenset[str]] = frozenset({"pinnedAt"})

    projectId: str
    pinnedAt: str | None = None


class PinnedProject(BaseModel):
    projectId: str
    pinnedAt: str | None = None
