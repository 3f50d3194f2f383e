"""How a job ended, in a word and a sentence, from what the engine saw of its end. Pure."""

import signal
from dataclasses import dataclass

from services.scheduler.runtimes.container.observing import REMOVED
from services.scheduler.runtimes.interface import ExitCause
from shared.domain.execution.commands import Outcome

# A shell tells of a child that a signal ended by 128 and its number.
_SHELL_SIGNALS = {128 + number.value: number for number in signal.Signals}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    outcome: Outcome
    reason: str
    message: str
    code: int | None = None
    signal: int | None = None


def verdict(ended: ExitCause, *, stop_asked: bool) -> Verdict:
    number = ended.signal
    if number is None and ended.code in _SHELL_SIGNALS:
        number = _SHELL_SIGNALS[ended.code].value
    code = ended.code if number is None else None
    if stop_asked and (ended.asked or code != 0):
        return Verdict(
            outcome="stopped", reason="stopped", message="It was stopped.", code=code, signal=number
        )
    if ended.asked:
        message = "The control plane was stopped while it ran, and it ended with it."
        return Verdict(
            outcome="error", reason="control_plane_stopped", message=message, signal=number
        )
    if ended.oom:
        message = "It used more memory than its hardware tier allows."
        return Verdict(
            outcome="failed", reason="out_of_memory", message=message, code=code, signal=number
        )
    if ended.code is None and ended.detail in _LOST:
        return Verdict(
            outcome="error", reason="lost", message=f"It was lost: {ended.detail}.", signal=number
        )
    if ended.detail.startswith(("took longer", "wrote more")):
        return Verdict(
            outcome="failed", reason="limit", message=f"It {ended.detail}.", signal=number
        )
    if number is not None:
        message = f"It was ended by signal {number} ({_name(number)})."
        return Verdict(outcome="failed", reason="signal", message=message, signal=number)
    if code == 0:
        return Verdict(outcome="succeeded", reason="", message="", code=0)
    return Verdict(
        outcome="failed", reason="exit_code", message=f"It ended with code {code}.", code=code
    )


_LOST = frozenset({"its keeper was killed", "the machine restarted", REMOVED})


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"
