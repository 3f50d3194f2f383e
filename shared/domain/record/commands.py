"""What may be asked of a record."""

from dataclasses import dataclass
from typing import Any, Literal

from shared.kernel.unset import UNSET, Unset

RecordKind = Literal["agent", "state_machine", "model_version", "pipeline_run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclareRecord:
    record_id: str
    project_id: str
    kind: RecordKind
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseRecord:
    """What is deprecated still serves where it is used; nothing new may begin with it."""

    record_id: str
    project_id: str
    kind: RecordKind
    name: str | Unset = UNSET
    description: str | Unset = UNSET
    is_deprecated: bool | Unset = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class AddRecordVersion:
    """Versions count from 1 and never change; `content` is whatever the thing is made of."""

    record_id: str
    project_id: str
    kind: RecordKind
    content: dict[str, Any]


RecordCommand = DeclareRecord | ReviseRecord | AddRecordVersion
