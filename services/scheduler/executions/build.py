"""One build of a revision, from the queue to its verdict. A build that a crash broke off begins
anew: what was finished is found again."""

import logging
from dataclasses import dataclass

from services.scheduler.executions.case import ExecutionCase
from services.scheduler.executions.environments import Environments, Ready
from services.scheduler.executions.say import Voice
from services.scheduler.runtimes.interface import PreparationFailed
from shared.domain.execution.commands import ConcludeExecution
from shared.runtime.clock import Clock

log = logging.getLogger(__name__)

TAIL = 50


@dataclass(slots=True, kw_only=True)
class BuildRun:
    voice: Voice
    environments: Environments
    clock: Clock

    async def run(self, case: ExecutionCase) -> None:
        began = self.clock.monotonic()
        work = await self.voice.work(case)

        def say(line: str) -> None:
            self.voice.line(case, line)

        await self.voice.advance(case, "pulling")
        failed = await self.environments.pull(work.revision, say)
        image = ""
        if failed is None:
            await self.voice.advance(case, "running")
            made = await self.environments.build(work.revision, say)
            failed = made if isinstance(made, PreparationFailed) else None
            image = made.image if isinstance(made, Ready) else ""
        say(f"failed: {failed.reason}" if failed else "built")
        await self.voice.advance(case, "finishing")
        await self.voice.flush(case)
        await self.voice.conclude(
            case,
            ConcludeExecution(
                execution_id=case.item.id,
                outcome="failed" if failed else "succeeded",
                reason="build_failed" if failed else "",
                message=_message(failed),
                seconds=round(self.clock.monotonic() - began, 3),
                image=image,
                log_tail=tuple(line[:1000] for line in failed.last_lines[-TAIL:]) if failed else (),
            ),
        )


def _message(failed: PreparationFailed | None) -> str:
    if failed is None:
        return ""
    last = f" The last line: {failed.last_lines[-1][:500]}" if failed.last_lines else ""
    return f"{failed.reason[:1000]}.{last}"
