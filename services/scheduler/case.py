"""One service as its leader keeps it: memory, how new its picture must be, what causes what."""

from dataclasses import dataclass, field

from services.scheduler.causes import Causes
from services.scheduler.model import Memory
from services.scheduler.needs import need_of
from services.scheduler.placement import Need
from shared.queries.scaling import ScalingDocument
from shared.queries.services import WantedDocument


@dataclass(slots=True, kw_only=True)
class Case:
    """`position`: no older picture counts, for it would not show what we did or heard of.
    `must_ask`: look with a new picture even where nothing newer was heard of (a full pass).
    `scaling` are its settings and the memory of its autoscaler, None until they are asked for."""

    service_id: str
    memory: Memory = field(default_factory=Memory)
    position: int = 0
    causes: Causes = field(default_factory=Causes)
    wanted: WantedDocument | None = None
    taken_at: int = -1
    must_ask: bool = True
    scaling: ScalingDocument | None = None
    need: Need = field(default_factory=Need)

    def passed(self, position: int) -> None:
        self.position = max(self.position, position)

    @property
    def is_current(self) -> bool:
        """Whether the picture shows all that was done and heard of."""
        return self.wanted is not None and self.taken_at >= self.position

    def take(self, wanted: WantedDocument, position: int) -> None:
        """`position`: the picture shows what happened up to there, at least."""
        self.wanted, self.taken_at = wanted, position
        self.must_ask = False
        if wanted.service is not None and wanted.service.workload is not None:
            self.need = need_of(wanted.service)
