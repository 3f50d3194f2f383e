"""The deliverer's own tables: what is to be delivered, and up to where the log was looked through.

Every statement may run twice with the effect of once, because a database that restarts is asked
again (shared/eventstore/reader.py)."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.eventstore.reader import Reader

_BEGIN = """
insert into webhook.progress (webhook_id, position, replayed) values (%(id)s, %(since)s, %(since)s)
on conflict (webhook_id) do nothing"""

_PROGRESS = "select p.position, p.replayed from webhook.progress p where p.webhook_id = %(id)s"

# One statement: either a page is taken and the position moved, or neither.
_TAKE = """
with taken as (
  insert into webhook.delivery (webhook_id, position, event_type, payload, state, next_at)
  select %(id)s, n.position, n.type, n.payload, 'pending', now()
    from unnest(%(positions)s::bigint[], %(types)s::text[], %(payloads)s::text[])
         as n(position, type, payload)
  on conflict (webhook_id, position) do nothing)
update webhook.progress set position = greatest(position, %(seen)s) where webhook_id = %(id)s"""

_REPLAY = """
with again as (
  insert into webhook.delivery (webhook_id, position, event_type, payload, state, next_at)
  values (%(id)s, %(position)s, %(type)s, %(payload)s, 'pending', now())
  on conflict (webhook_id, position) do update
     set state = 'pending', payload = excluded.payload, attempts = 0, next_at = now()
   where exists (select from webhook.progress p
                  where p.webhook_id = excluded.webhook_id and p.replayed < %(asked)s))
update webhook.progress set replayed = greatest(replayed, %(asked)s) where webhook_id = %(id)s"""

_REPLAYED = """
update webhook.progress set replayed = greatest(replayed, %(asked)s) where webhook_id = %(id)s"""

# The lease is `next_at` itself: who dies while it posts leaves the delivery due again.
_LEASE = """
update webhook.delivery d
   set attempts = d.attempts + 1, last_at = now(),
       next_at = now() + make_interval(secs => %(lease)s)
  from (select w.webhook_id, w.position
          from webhook.delivery w
         where w.state = 'pending' and w.next_at <= now() and w.webhook_id = any(%(ids)s)
         order by w.next_at limit %(limit)s for update skip locked) due
 where d.webhook_id = due.webhook_id and d.position = due.position
returning d.webhook_id, d.position, d.payload, d.attempts"""

_DELIVERED = """
update webhook.delivery
   set state = 'delivered', payload = null, next_at = null, status = %(status)s, reason = null
 where webhook_id = %(id)s and position = %(position)s"""

_FAILED = """
update webhook.delivery
   set state = case when %(delay)s::float8 is null then 'dead' else 'pending' end,
       next_at = now() + make_interval(secs => %(delay)s::float8),
       status = %(status)s, reason = %(reason)s
 where webhook_id = %(id)s and position = %(position)s"""

_FORGET = """
delete from webhook.delivery d
 where d.state = 'delivered' and d.last_at < now() - make_interval(days => %(days)s)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    position: int
    type: str
    payload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    webhook_id: str
    position: int
    payload: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """Positions of the log: of events, and of replays that were asked for."""

    position: int
    replayed: int


class Ledger:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def looked(self, webhook_id: str, since: int) -> Looked:
        rows = await self._reader.rows(_PROGRESS, {"id": webhook_id})
        if not rows:
            await self._reader.rows(_BEGIN, {"id": webhook_id, "since": since})
            rows = await self._reader.rows(_PROGRESS, {"id": webhook_id})
        return Looked(position=rows[0][0], replayed=rows[0][1])

    async def take(self, webhook_id: str, events: Sequence[NewDelivery], *, seen: int) -> None:
        await self._reader.rows(
            _TAKE,
            {
                "id": webhook_id,
                "positions": [event.position for event in events],
                "types": [event.type for event in events],
                "payloads": [event.payload for event in events],
                "seen": seen,
            },
        )

    async def replay(self, webhook_id: str, event: NewDelivery, *, asked: int) -> None:
        """`asked`: the position at which somebody asked for it."""
        await self._reader.rows(
            _REPLAY,
            {
                "id": webhook_id,
                "position": event.position,
                "type": event.type,
                "payload": event.payload,
                "asked": asked,
            },
        )

    async def replayed(self, webhook_id: str, *, asked: int) -> None:
        await self._reader.rows(_REPLAYED, {"id": webhook_id, "asked": asked})

    async def lease(self, ids: Sequence[str], *, limit: int, seconds: float) -> list[Due]:
        rows = await self._reader.rows(
            _LEASE, {"ids": list(ids), "limit": limit, "lease": float(seconds)}
        )
        return [
            Due(webhook_id=row[0], position=row[1], payload=row[2] or "", attempts=row[3])
            for row in rows
        ]

    async def delivered(self, due: Due, *, status: int) -> None:
        await self._reader.rows(
            _DELIVERED, {"id": due.webhook_id, "position": due.position, "status": status}
        )

    async def failed(
        self, due: Due, *, status: int | None, reason: str, delay: float | None
    ) -> None:
        await self._reader.rows(
            _FAILED,
            {
                "id": due.webhook_id,
                "position": due.position,
                "status": status,
                "reason": reason,
                "delay": delay,
            },
        )

    async def forget(self, *, days: int) -> None:
        await self._reader.rows(_FORGET, {"days": days})
