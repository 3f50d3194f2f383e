"""What the tests of the prober share: documents of targets, and rounds over scripted answers."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry

from services.prober.address import ReplicaTarget, TcpAddress
from services.prober.judge import Answer, Verdict
from services.prober.measures import Meters
from services.prober.plan import Pace
from services.prober.rounds import Rounds, Second
from shared.queries.services import ProbeTarget
from shared.runtime.clock import SystemClock

FINE = Answer(is_healthy=True, reason="200", is_told=True)
SILENT = Answer(is_healthy=False, reason="connection refused")
BUSY = Answer(is_healthy=False, reason="503", is_told=True)

# As in earnest, three failures take as long as one round of all: else the guard comes too late.
FAST = Pace(
    interval=0.05,
    timeout=0.5,
    startup_first=0.005,
    startup_eager=0.01,
    failing_gap_least=0.025,
    backoff_max=0.1,
)


def id_of(number: int) -> str:
    return f"{number:024x}"


def document(number: int, **changes: object) -> ProbeTarget:
    fields: dict[str, object] = {
        "replica_id": id_of(number),
        "service_id": "5" * 24,
        "project_id": "6" * 24,
        "deployment_id": "7" * 24,
        "address": "127.0.0.1:1",
        "path": "/health",
        "is_ready": False,
        "is_draining": False,
        "started_at": datetime.now(UTC),
    }
    return ProbeTarget(**{**fields, **changes})  # type: ignore[arg-type]  # any field may change


def target(number: int) -> ReplicaTarget:
    return ReplicaTarget(
        replica_id=id_of(number),
        service_id="5" * 24,
        project_id="6" * 24,
        address=TcpAddress(host="127.0.0.1", port=1),
        path="/health",
    )


@dataclass(slots=True)
class Ward:
    """Rounds over replicas whose answers the test sets; everything told is kept."""

    answers: dict[str, Answer | Exception] = field(default_factory=dict)
    otherwise: Answer = FINE
    told: list[tuple[str, Verdict]] = field(default_factory=list)
    probed: list[str] = field(default_factory=list)

    def rounds(
        self,
        pace: Pace = FAST,
        *,
        owns: Callable[[str], bool] = lambda key: True,
        second: Second | None = None,
    ) -> Rounds[ReplicaTarget]:
        return Rounds(
            owns=owns,
            second=second,
            pace=pace,
            clock=SystemClock(),
            probe=self._probe,
            tell=lambda target, verdict, age: self.told.append((target.replica_id, verdict)),
            measures=Meters(CollectorRegistry()).of("replica"),
        )

    async def _probe(self, target: ReplicaTarget, timeout: float) -> Answer:
        self.probed.append(target.replica_id)
        await asyncio.sleep(0)
        answer = self.answers.get(target.replica_id, self.otherwise)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def until(look: Callable[[], object], seconds: float = 2.0) -> None:
    async with asyncio.timeout(seconds):
        while not look():
            await asyncio.sleep(0.002)
