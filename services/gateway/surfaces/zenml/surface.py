"""ZenML's services API as one value for the registry."""

from services.gateway.surface import Surface
from services.gateway.surfaces.zenml.auth import any_end, identify
from services.gateway.surfaces.zenml.errors import refused, rejected
from services.gateway.surfaces.zenml.resources.projects import routes as projects
from services.gateway.surfaces.zenml.resources.services import routes as services
from services.gateway.surfaces.zenml.resources.sign_in import routes as start
from services.gateway.surfaces.zenml.resources.stacks import routes as stacks
from services.gateway.surfaces.zenml.resources.users import routes as users
from services.gateway.surfaces.zenml.wire import Error

ZENML = Surface(
    name="zenml",
    title="ZenML: Services",
    description="A registry of model servers: their state, endpoint and health, found by filters.",
    prefixes=("/api/v1",),
    handlers=(
        *services.HANDLERS,
        *start.HANDLERS,
        *users.HANDLERS,
        *projects.HANDLERS,
        *stacks.HANDLERS,
    ),
    refused=refused,
    rejected=rejected,
    error_model=Error,
    identify=identify,
    is_spelled=any_end,
)
