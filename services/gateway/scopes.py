"""Projects that callers have just named, kept for a second so that a write asks for its namespace
once and not every time. Dropped with every change of access, like callers (authenticate.py); what
is decided on them is decided again by the command and the query process."""

from collections import OrderedDict
from dataclasses import dataclass, field

from shared.queries.identity import ProjectDocument

KEPT_MAX = 10_000
KEPT_SECONDS = 1.0

# (principal, what he called the project)
Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    project: ProjectDocument
    generation: int
    until: float


@dataclass(slots=True, kw_only=True)
class Scopes:
    """`generation` counts the changes of access; `now` is monotonic."""

    _kept: OrderedDict[Key, _Kept] = field(default_factory=OrderedDict)

    def find(self, key: Key, *, generation: int, now: float) -> ProjectDocument | None:
        kept = self._kept.get(key)
        if kept is None or kept.generation != generation or kept.until <= now:
            return None
        return kept.project

    def keep(self, key: Key, project: ProjectDocument, *, generation: int, now: float) -> None:
        self._kept[key] = _Kept(project=project, generation=generation, until=now + KEPT_SECONDS)
        self._kept.move_to_end(key)
        if len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)
