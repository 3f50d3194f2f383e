"""What a build says, as lines. The engine tells a step's output in the pieces in which it was
written, and `print` of an unbuffered Python writes a word at a time: a piece is not a line."""

from typing import Any

LINE_CHARACTERS_MAX = 16 * 1024


class StepLines:
    """Holds at most one line; a longer one is told in parts."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, step: dict[str, Any]) -> list[str]:
        """The lines that are whole now, without empty ones."""
        if "stream" not in step:
            return [*self.end(), *_shown([str(step.get("status") or "")])]
        *whole, rest = (self._held + str(step["stream"])).split("\n")
        if len(rest) > LINE_CHARACTERS_MAX:
            whole.append(rest)
            rest = ""
        self._held = rest
        return _shown(whole)

    def end(self) -> list[str]:
        rest, self._held = self._held, ""
        return _shown([rest])


def _shown(lines: list[str]) -> list[str]:
    """A carriage return inside a line draws a progress bar anew: what it shows last is kept."""
    shown = (line.rstrip().rpartition("\r")[2] for line in lines)
    return [line for line in shown if line.strip()]
