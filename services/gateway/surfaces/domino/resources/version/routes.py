"""`GET /version`, which Domino's client asks first of all and before anybody signs in."""

from typing import Any, Final

from litestar import Request

from services.gateway.answer import Answer, answered
from services.gateway.operation import operation
from services.gateway.surfaces.domino.resources.version import wire

# The contract is 5.10.1's, with the billing tags that the client asks of 5.11.0 only.
SPOKEN: Final = "5.11.0"


async def get_version(request: Request[Any, Any, Any]) -> Answer[wire.Version]:
    return answered(wire.Version(version=SPOKEN))


HANDLERS = operation(
    "GET",
    "/version",
    get_version,
    summary="Which Domino this speaks like",
    tag="Version",
    is_public=True,
    refusals=(400, 429, 500, 503),
    operation_id="getVersion",
)
