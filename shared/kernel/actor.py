"""Who speaks: a principal through a credential, or one of our own processes."""

from dataclasses import dataclass
from typing import Literal

ProcessName = Literal[
    "gateway", "command", "query", "scheduler", "prober", "edge", "sealer", "callout", "webhooks"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """`id` is a principal's id, or a process's name where kind is `process`."""

    kind: Literal["user", "service_account", "process"]
    id: str
    credential_id: str | None = None

    @property
    def text(self) -> str:
        """As the log keeps it: `user:<id>`, `process:scheduler`. Never a name of a person."""
        return f"{self.kind}:{self.id}"


def process_actor(name: ProcessName) -> Actor:
    return Actor(kind="process", id=name)
