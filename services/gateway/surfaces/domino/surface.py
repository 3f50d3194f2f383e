"""Domino's API as one value for the registry. A group of operations is one line of `_GROUPS`."""

from services.gateway.surface import Surface
from services.gateway.surfaces.domino.auth import API_KEY, identify
from services.gateway.surfaces.domino.errors import refused, rejected
from services.gateway.surfaces.domino.resources.environments import routes as environments
from services.gateway.surfaces.domino.resources.goals import routes as goals
from services.gateway.surfaces.domino.resources.hardware_tiers import routes as hardware_tiers
from services.gateway.surfaces.domino.resources.jobs import routes as jobs
from services.gateway.surfaces.domino.resources.organizations import routes as organizations
from services.gateway.surfaces.domino.resources.projects import routes as projects
from services.gateway.surfaces.domino.resources.users import routes as users
from services.gateway.surfaces.domino.resources.version import routes as version
from services.gateway.surfaces.domino.wire import Failure

_GROUPS = (
    version.HANDLERS,
    users.HANDLERS,
    organizations.HANDLERS,
    projects.HANDLERS,
    goals.HANDLERS,
    hardware_tiers.HANDLERS,
    environments.HANDLERS,
    jobs.HANDLERS,
)

DOMINO = Surface(
    name="domino",
    title="Domino",
    description="Projects, jobs and what they run on: users, organizations, tiers, environments.",
    # Under /api others have paths too: only these words are this dialect's.
    prefixes=(
        "/version",
        "/api/aigateway",
        "/api/cost",
        "/api/datasetrw",
        "/api/datasource",
        "/api/environments",
        "/api/hardwaretiers",
        "/api/jobs",
        "/api/metricAlerts",
        "/api/metricValues",
        "/api/modelApis",
        "/api/organizations",
        "/api/projects",
        "/api/registeredmodels",
        "/api/registeredmodelstages",
        "/api/users",
    ),
    handlers=tuple(handler for group in _GROUPS for handler in group),
    refused=refused,
    rejected=rejected,
    error_model=Failure,
    identify=identify,
    key_header=API_KEY.decode(),
)
