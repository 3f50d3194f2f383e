"""What states, values and kinds of events look like: icon, word and colour, never one alone."""

from dataclasses import dataclass

from shared.queries.audit import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    icon: str
    word: str
    tone: str  # a class of the style sheet: ok, busy, warn, bad, off


_LOOKS: dict[str | None, Look] = {
    "running": Look(icon="✓", word="running", tone="ok"),
    "deploying": Look(icon="◐", word="deploying", tone="busy"),
    "degraded": Look(icon="!", word="degraded", tone="warn"),
    "failed": Look(icon="✕", word="failed", tone="bad"),
    "stopped": Look(icon="○", word="stopped", tone="off"),
    "removed": Look(icon="○", word="removed", tone="off"),
    None: Look(icon="·", word="registered", tone="off"),
    # replicas
    "starting": Look(icon="◐", word="starting", tone="busy"),
    "ready": Look(icon="✓", word="ready", tone="ok"),
    "unready": Look(icon="!", word="not ready", tone="warn"),
    "draining": Look(icon="◐", word="draining", tone="busy"),
    # rollouts
    "in_progress": Look(icon="◐", word="in progress", tone="busy"),
    "succeeded": Look(icon="✓", word="succeeded", tone="ok"),
}

STATUS_WORDS = ("failed", "degraded", "deploying", "running", "stopped")


def look_of(state: str | None) -> Look:
    return _LOOKS.get(state) or Look(icon="·", word=str(state), tone="off")


def who(actor: str, name: str) -> str:
    kind, _, id_ = actor.partition(":")
    return name if name != actor else f"{kind} {id_[:8]}…"


def is_person(event: AuditEvent) -> bool:
    return not event.actor.startswith("process:")


def tone_of(event: AuditEvent) -> str:
    """Failures stand out of any list, whoever caused them."""
    kind = event.type.partition(".")[2]
    if kind in ("rollout_failed", "removed", "secrets_erased"):
        return "bad"
    if kind == "became_unready" or (kind == "stopped" and not event.data.get("asked", True)):
        return "warn"
    if kind in ("rollout_succeeded", "became_ready"):
        return "ok"
    return "plain"
