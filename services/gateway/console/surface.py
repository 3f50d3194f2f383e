"""`/console` as one value: a surface for people, which publishes no API."""

from services.gateway.console import static
from services.gateway.console.errors import refused, rejected
from services.gateway.console.page import HTML
from services.gateway.console.pages import (
    changing,
    domain,
    erasure,
    events,
    grants,
    history,
    integrity,
    jobs,
    keys,
    logs,
    project,
    projects,
    scaling,
    service,
    sign_in,
    telemetry,
    webhooks,
)
from services.gateway.sessions import by_session
from services.gateway.surface import Surface
from services.gateway.surfaces.ops.wire import Problem

CONSOLE = Surface(
    name="console",
    title="Chronoplane: console",
    description="What is, what was, who changed it and why.",
    prefixes=("/console",),
    handlers=(
        *sign_in.HANDLERS,
        *projects.HANDLERS,
        *project.HANDLERS,
        *service.HANDLERS,
        *history.HANDLERS,
        *changing.HANDLERS,
        *domain.HANDLERS,
        *scaling.HANDLERS,
        *jobs.HANDLERS,
        *keys.HANDLERS,
        *grants.HANDLERS,
        *integrity.HANDLERS,
        *erasure.HANDLERS,
        *webhooks.HANDLERS,
        *logs.HANDLERS,
        *telemetry.HANDLERS,
        *events.HANDLERS,
        *static.HANDLERS,
    ),
    refused=refused,
    rejected=rejected,
    error_model=Problem,
    error_media_type=HTML,
    identify=by_session,
)
