"""What happened to a record."""

from dataclasses import dataclass
from typing import Any

from shared.domain.record.commands import RecordKind


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDeclared:
    record_id: str
    project_id: str
    kind: RecordKind
    name: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRevised:
    """All three after the change."""

    record_id: str
    name: str
    description: str
    is_deprecated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordVersionAdded:
    record_id: str
    number: int
    content: dict[str, Any]


RecordEvent = RecordDeclared | RecordRevised | RecordVersionAdded
