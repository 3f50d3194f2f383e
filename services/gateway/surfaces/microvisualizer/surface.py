"""MicroVisualizer's API as one value for the registry."""

from services.gateway.sessions import by_authorization_or_session
from services.gateway.surface import Surface
from services.gateway.surfaces.microvisualizer.errors import refused, rejected
from services.gateway.surfaces.microvisualizer.resources.billing import routes as billing
from services.gateway.surfaces.microvisualizer.resources.chat import routes as chat
from services.gateway.surfaces.microvisualizer.resources.graphs import routes as graphs
from services.gateway.surfaces.microvisualizer.resources.history import routes as history
from services.gateway.surfaces.microvisualizer.resources.limits import routes as limits
from services.gateway.surfaces.microvisualizer.resources.pins import routes as pins
from services.gateway.surfaces.microvisualizer.resources.projects import routes as projects
from services.gateway.surfaces.microvisualizer.resources.services import routes as services
from services.gateway.surfaces.microvisualizer.resources.shares import routes as shares
from services.gateway.surfaces.microvisualizer.wire import Error

MICROVISUALIZER = Surface(
    name="microvisualizer",
    title="MicroVisualizer",
    description="Services and the messages between them, now and at any moment of the past.",
    # Under /v1 others have paths too: only these words are this dialect's.
    prefixes=("/v1/limits", "/v1/billing", "/v1/pinned", "/v1/projects", "/v1/public"),
    handlers=(
        *limits.HANDLERS,
        *billing.HANDLERS,
        *pins.HANDLERS,
        *projects.HANDLERS,
        *graphs.HANDLERS,
        *services.HANDLERS,
        *history.HANDLERS,
        *chat.HANDLERS,
        *shares.HANDLERS,
    ),
    refused=refused,
    rejected=rejected,
    error_model=Error,
    identify=by_authorization_or_session,
)
