"""What happened: the events of one thing, as the log holds them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class GetHistory:
    """Events of a service (its own stream, deployments and replicas), a principal or a project,
    oldest first, after log position `after`. Also of what was removed."""

    subject_kind: str
    subject_id: str
    after_position: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDocument:
    """`data` as recorded: secrets are references, never values."""

    position: int
    at: datetime
    type: str
    stream: str
    version: int
    actor: str
    credential_id: str | None
    surface: str
    command_id: str
    correlation_id: str
    causation_id: str | None
    reason: str | None
    data: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    items: tuple[EventDocument, ...]
    next_after_position: int | None
