"""What every request may need, put together once at the start and handed along."""

from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry

from services.gateway.authenticate import Authenticator
from services.gateway.dispatch import Dispatch
from services.gateway.endpoints import Endpoints
from services.gateway.limits import Limits
from services.gateway.passwords import PasswordHashers
from services.gateway.scopes import Scopes
from services.gateway.stack import Stack
from services.gateway.streams import Streams
from services.gateway.tokens import Tokens
from shared.runtime.clock import Clock
from shared.runtime.ids import DerivedIds, IdSource
from shared.runtime.secret import Secret
from shared.runtime.settings import Settings
from shared.runtime.telemetry import Telemetry


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """`installation` is the secret that digests, command ids and fingerprints are keyed by."""

    settings: Settings
    installation: bytes
    webhook: Secret
    clock: Clock
    ids: IdSource
    derived: DerivedIds
    dispatch: Dispatch
    authenticator: Authenticator
    tokens: Tokens
    limits: Limits
    stack: Stack
    hashers: PasswordHashers
    telemetry: Telemetry
    registry: CollectorRegistry
    endpoints: Endpoints
    scopes: Scopes = field(default_factory=Scopes)
    streams: Streams = field(default_factory=Streams)
