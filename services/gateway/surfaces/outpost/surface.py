"""Outpost's Services API as one value for the registry."""

from services.gateway.limits import Rate
from services.gateway.surface import Surface
from services.gateway.surfaces.outpost.errors import refused, rejected
from services.gateway.surfaces.outpost.resources.services.routes import HANDLERS
from services.gateway.surfaces.outpost.resources.services.wire import Error

OUTPOST = Surface(
    name="outpost",
    title="Outpost: Services",
    description="Deploy auto-scaling HTTP services from a repository or an image.",
    # Its reads lie at the root, so whatever nobody else owns is answered in its words.
    prefixes=("/",),
    handlers=HANDLERS,
    refused=refused,
    rejected=rejected,
    error_model=Error,
    published={
        "free": Rate(per_minute=60, burst_per_second=10),
        "team": Rate(per_minute=300, burst_per_second=30),
        "enterprise": Rate(per_minute=1000, burst_per_second=100),
    },
)
