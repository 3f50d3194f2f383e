"""`/ops` as one value for the registry."""

from services.gateway.sessions import by_authorization_or_session
from services.gateway.surface import Surface
from services.gateway.surfaces.ops.errors import MEDIA_TYPE, refused, rejected
from services.gateway.surfaces.ops.resources.api_keys import routes as api_keys
from services.gateway.surfaces.ops.resources.domains import routes as domains
from services.gateway.surfaces.ops.resources.environments import routes as environments
from services.gateway.surfaces.ops.resources.events import routes as events
from services.gateway.surfaces.ops.resources.facets import routes as facets
from services.gateway.surfaces.ops.resources.git_credentials import routes as git_credentials
from services.gateway.surfaces.ops.resources.grants import routes as grants
from services.gateway.surfaces.ops.resources.hooks import routes as hooks
from services.gateway.surfaces.ops.resources.imports import routes as imports
from services.gateway.surfaces.ops.resources.integrity import routes as integrity
from services.gateway.surfaces.ops.resources.jobs import routes as jobs
from services.gateway.surfaces.ops.resources.logs import routes as logs
from services.gateway.surfaces.ops.resources.nodes import routes as nodes
from services.gateway.surfaces.ops.resources.principals import routes as principals
from services.gateway.surfaces.ops.resources.projects import routes as projects
from services.gateway.surfaces.ops.resources.quotas import routes as quotas
from services.gateway.surfaces.ops.resources.records import routes as records
from services.gateway.surfaces.ops.resources.scaling import routes as scaling
from services.gateway.surfaces.ops.resources.schemas import routes as schemas
from services.gateway.surfaces.ops.resources.services import routes as services
from services.gateway.surfaces.ops.resources.sessions import routes as sessions
from services.gateway.surfaces.ops.resources.subscriptions import routes as subscriptions
from services.gateway.surfaces.ops.resources.time import routes as time
from services.gateway.surfaces.ops.resources.vault import routes as vault
from services.gateway.surfaces.ops.resources.webhooks import routes as webhooks
from services.gateway.surfaces.ops.resources.whoami import routes as whoami
from services.gateway.surfaces.ops.wire import Problem

OPS = Surface(
    name="ops",
    title="Chronoplane: operations",
    description="Identity, access, and what happened to a service.",
    prefixes=("/ops",),
    handlers=(
        *whoami.HANDLERS,
        *sessions.HANDLERS,
        *principals.HANDLERS,
        *git_credentials.HANDLERS,
        *projects.HANDLERS,
        *quotas.HANDLERS,
        *api_keys.HANDLERS,
        *grants.HANDLERS,
        *services.HANDLERS,
        *facets.HANDLERS,
        *scaling.HANDLERS,
        *environments.HANDLERS,
        *logs.HANDLERS,
        *domains.HANDLERS,
        *records.HANDLERS,
        *jobs.HANDLERS,
        *nodes.HANDLERS,
        *hooks.HANDLERS,
        *time.HANDLERS,
        *events.HANDLERS,
        *integrity.HANDLERS,
        *imports.HANDLERS,
        *vault.HANDLERS,
        *webhooks.HANDLERS,
        *schemas.HANDLERS,
        *subscriptions.HANDLERS,
    ),
    refused=refused,
    rejected=rejected,
    error_model=Problem,
    error_media_type=MEDIA_TYPE,
    identify=by_authorization_or_session,
    streamed=frozenset({("POST", imports.PATH)}),
)
