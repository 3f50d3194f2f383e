"""How much a project may have and run at most. Values only; shared by who sets and who asks.

`gpus` counts devices of every type together. A limit that is None is none."""

from dataclasses import dataclass, fields

LIMIT_MAX = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """`services` are live ones of any kind; the others bound the replicas that run."""

    services: int | None = None
    replicas: int | None = None
    cpu: int | None = None
    memory_gb: int | None = None
    gpus: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """What some replicas take together."""

    replicas: int = 0
    cpu: int = 0
    memory_gb: int = 0
    gpus: int = 0

    def plus(self, other: "Amount") -> "Amount":
        return Amount(
            replicas=self.replicas + other.replicas,
            cpu=self.cpu + other.cpu,
            memory_gb=self.memory_gb + other.memory_gb,
            gpus=self.gpus + other.gpus,
        )

    def times(self, count: int) -> "Amount":
        return Amount(
            replicas=self.replicas * count,
            cpu=self.cpu * count,
            memory_gb=self.memory_gb * count,
            gpus=self.gpus * count,
        )


UNLIMITED = Quota()
WORDS = {"replicas": "replicas", "cpu": "vCPU", "memory_gb": "GB of memory", "gpus": "GPUs"}


def wrong_limit(quota: Quota) -> tuple[str, str] | None:
    """The first limit out of bounds, and what it must be."""
    for field in fields(Quota):
        value = getattr(quota, field.name)
        if value is not None and not 0 <= value <= LIMIT_MAX:
            return field.name, f"must be from 0 to {LIMIT_MAX}"
    return None


def exceeded(quota: Quota, amount: Amount) -> str | None:
    """The first limit that this amount is beyond, in words."""
    for name, word in WORDS.items():
        limit, asked = getattr(quota, name), getattr(amount, name)
        if limit is not None and asked > limit:
            return f"{asked} {word} are asked for, and the project may have {limit}"
    return None


def room(quota: Quota, used: Amount, one: Amount) -> tuple[int | None, str]:
    """How many more replicas that each take `one` the quota allows (None: it sets no bound), and
    what bounds them, in words."""
    least: int | None = None
    why = ""
    for name, word in WORDS.items():
        limit, asked = getattr(quota, name), getattr(one, name)
        if limit is None or asked == 0:
            continue
        taken = getattr(used, name)
        count = max(0, (limit - taken) // asked)
        if least is None or count < least:
            least, why = count, f"quota: {taken} of the project's {limit} {word} are taken"
    return least, why
