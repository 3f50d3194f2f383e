"""The registration facet: what a registry of model servers knows of a service (seed 000, ZenML).

The documents (config, status, endpoint, service type) are the client's own JSON, kept as sent; only
two things are ours: `config` is unique in the account by its text, and `state` must be a state."""

from dataclasses import dataclass, field
from typing import Any

from shared.domain.rejections import Invalid

STATES = ("inactive", "active", "pending_startup", "pending_shutdown", "error", "scaled_to_zero")
# A service that somebody else runs is watched at its health URL where its labels ask for it.
WATCH_LABEL, WATCH_ASKED = "chronoplane.watch", "true"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """`state` is what the client reported inside `status`, None where it reported none."""

    service_type: dict[str, Any] = field(default_factory=dict)
    service_source: str | None = None
    admin_state: str | None = None
    config: dict[str, Any] = field(default_factory=dict)
    config_digest: str = ""
    status: dict[str, Any] | None = None
    endpoint: dict[str, Any] | None = None
    prediction_url: str | None = None
    health_check_url: str | None = None
    pipeline_name: str | None = None
    pipeline_step_name: str | None = None
    model_version_id: str | None = None
    pipeline_run_id: str | None = None


def registration_rejection(registration: Registration) -> Invalid | None:
    """A status whose state is no state is refused whole: stored, it would poison every list."""
    if registration.admin_state is not None and registration.admin_state not in STATES:
        return Invalid(field="admin_state", message="must be one of " + ", ".join(STATES))
    state = (registration.status or {}).get("state")
    if state is not None and state not in STATES:
        return Invalid(field="status.state", message="must be one of " + ", ".join(STATES))
    return None


def url_to_watch(
    health_check_url: str | None,
    prediction_url: str | None,
    labels: tuple[tuple[str, str], ...],
) -> str | None:
    """The URL that is to be probed for a service that Chronoplane does not run; None for most."""
    if (WATCH_LABEL, WATCH_ASKED) not in labels:
        return None
    return health_check_url or prediction_url or None
