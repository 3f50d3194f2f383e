"""How a project stands: who may see it, whether it is done or held up, where its results go."""

from dataclasses import dataclass
from typing import Literal

from shared.domain.rejections import Incompatible, Invalid

# `public`: whoever has signed in reads it; `searchable`: he learns that it is there, no more.
Visibility = Literal["private", "searchable", "public"]
Progress = Literal["active", "complete"]
# `isolated`: each run's results on a branch of its own.
ResultsBranch = Literal["main", "isolated"]

TEXT_LENGTH_MAX = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Blocked comes before all else: nothing new starts in a project that is, done or not."""

    progress: Progress = "active"
    is_blocked: bool = False
    blocked_reason: str | None = None
    completed_message: str | None = None


def standing_rejection(standing: Standing) -> Invalid | Incompatible | None:
    texts = (
        ("blockedReason", standing.blocked_reason),
        ("completedMessage", standing.completed_message),
    )
    for field, text in texts:
        if text is not None and len(text) > TEXT_LENGTH_MAX:
            return Invalid(field=field, message=f"must have at most {TEXT_LENGTH_MAX} characters")
    if standing.blocked_reason is not None and not standing.is_blocked:
        return Incompatible(
            fields=("blockedReason", "isBlocked"),
            message="only what is blocked has a reason for it",
        )
    if standing.completed_message is not None and standing.progress != "complete":
        return Incompatible(
            fields=("completedMessage", "status"),
            message="only what is complete has such a message",
        )
    return None
