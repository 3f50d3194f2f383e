"""The server's own list of tenants' connections, and the way to close one of them.

Nothing is remembered here: who is connected is asked of the server each time, so that a restart of
this process or of the server leaves nobody behind."""

import json
from dataclasses import dataclass
from typing import Any

from services.callout.tokens import named
from shared.bus.broker import Bus
from shared.bus.subjects import LIST_CONNECTIONS, kick_of

SERVER_SECONDS = 1.0
PAGE = 1000
PAGES_MAX = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """`subscription_id` and `key_id` None: nobody that we let in."""

    server_id: str
    cid: int
    subscription_id: str | None
    key_id: str | None


class Connections:
    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def listed(self) -> tuple[Connection, ...]:
        """Oldest first."""
        found: list[Connection] = []
        for page in range(PAGES_MAX):
            body = json.dumps({"auth": True, "limit": PAGE, "offset": page * PAGE}).encode()
            reply = await self._bus.request(LIST_CONNECTIONS, body, seconds=SERVER_SECONDS)
            answer = json.loads(reply)
            listed = answer["data"].get("connections") or []
            found += [_connection(answer["server"]["id"], each) for each in listed]
            if len(listed) < PAGE:
                break
        return tuple(sorted(found, key=lambda connection: connection.cid))

    async def close(self, connection: Connection) -> None:
        body = json.dumps({"cid": connection.cid}).encode()
        await self._bus.request(kick_of(connection.server_id), body, seconds=SERVER_SECONDS)


def _connection(server_id: str, listed: dict[str, Any]) -> Connection:
    known = named(str(listed.get("authorized_user") or ""))
    return Connection(
        server_id=server_id,
        cid=int(listed["cid"]),
        subscription_id=known[0] if known else None,
        key_id=known[1] if known else None,
    )
