"""What kinds of events look like; states and values are in shared/kernel/visible."""

from shared.queries.audit import AuditEvent

STATUS_WORDS = ("failed", "degraded", "deploying", "running", "stopped")


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
