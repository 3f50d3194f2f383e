"""Amigo's Classic API, its service part, as one value for the registry."""

from services.gateway.surface import Surface
from services.gateway.surfaces.amigo.auth import identify
from services.gateway.surfaces.amigo.errors import Error, refused, rejected
from services.gateway.surfaces.amigo.limits import endpoint_of
from services.gateway.surfaces.amigo.resources.services import routes as services
from services.gateway.surfaces.amigo.resources.sign_in import routes as sign_in
from services.gateway.surfaces.amigo.resources.unit_tests import routes as unit_tests

_WITHOUT_SLASH = "/user/signin_with_api_key"


def ends_as_published(path: str) -> bool:
    """Every path but that of the sign-in has a slash at its end."""
    return path.endswith("/") != path.rstrip("/").endswith(_WITHOUT_SLASH)


AMIGO = Surface(
    name="amigo",
    title="Amigo: services",
    description="Services of an agent and a state machine, with version sets.",
    prefixes=("/v1",),
    handlers=(*sign_in.HANDLERS, *services.HANDLERS, *unit_tests.HANDLERS),
    refused=refused,
    rejected=rejected,
    error_model=Error,
    identify=identify,
    endpoint_of=endpoint_of,
    is_spelled=ends_as_published,
)
