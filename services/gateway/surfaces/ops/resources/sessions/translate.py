"""From a session that was opened to `/ops`."""

from services.gateway.sessions import Opened
from services.gateway.surfaces.ops.resources.sessions import wire
from shared.kernel.time import format_rfc3339


def from_opened(session: Opened) -> wire.Session:
    return wire.Session(id=session.session_id, expires_at=format_rfc3339(session.expires_at))
