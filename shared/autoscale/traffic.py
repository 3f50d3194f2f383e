"""The traffic of one service in windows: what a decision calls its load. No clock of its own."""

from dataclasses import dataclass, field

from shared.autoscale.windows import Window

# An edge tells of all seconds that had ended so long before.
GRACE_SECONDS = 0.3
SHORT_SHARE = 0.1
SHORT_LEAST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Averages over the long window and over the short one, for bursts."""

    concurrency: float
    concurrency_short: float
    rps: float
    rps_short: float


@dataclass(slots=True, kw_only=True)
class Traffic:
    """Of one service. `active_at`: when there last was a request, as far as we heard."""

    seconds: float
    concurrency: Window = field(init=False)
    concurrency_short: Window = field(init=False)
    rps: Window = field(init=False)
    rps_short: Window = field(init=False)
    active_at: float = 0.0

    def __post_init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        long, short = int(self.seconds), max(SHORT_LEAST, round(self.seconds * SHORT_SHARE))
        self.concurrency, self.rps = Window(long), Window(long)
        self.concurrency_short, self.rps_short = Window(short), Window(short)

    def add(self, second: int, area: float, requests: int) -> None:
        for window in (self.concurrency, self.concurrency_short):
            window.record(second, area)
        for window in (self.rps, self.rps_short):
            window.record(second, requests)

    def load(self, told: int) -> Load:
        """Up to the newest second of which all was told."""
        return Load(
            concurrency=self.concurrency.average(told),
            concurrency_short=self.concurrency_short.average(told),
            rps=self.rps.average(told),
            rps_short=self.rps_short.average(told),
        )
