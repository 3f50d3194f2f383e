"""Commits for the tests of the event store, with everything that a test does not care about."""

import uuid
from dataclasses import replace
from typing import Any, Literal

from shared.eventstore import ClaimOp, Commit, NewEvent, Past

ACCOUNT = "65f0c1a2b3c4d5e6f7a8b9c0"
EMPTY = Past(events=(), version=0, leaf=None, account_id=None)


def event(data: str = '{"name": "api"}', type: str = "service_registered") -> NewEvent:
    return NewEvent(type=type, schema_version=1, data=data)


def claim(op: Literal["take", "release", "bound"], key: str, space: str = "slug") -> ClaimOp:
    return ClaimOp(op=op, space=space, key=key)


def commit(stream: str, *events: NewEvent, past: Past = EMPTY, **changes: Any) -> Commit:
    """`past` is what was read; an event that nobody cares about is there unless some are given."""
    made = Commit(
        account_id=past.account_id or ACCOUNT,
        stream=stream,
        stream_type=stream.partition("-")[0],
        expected=past.version,
        command_id=str(uuid.uuid4()),
        fingerprint=None,
        correlation_id=str(uuid.uuid4()),
        causation_id=None,
        actor="user:65f0c1a2b3c4d5e6f7a8b9c1",
        credential_id="key:65f0c1a2b3c4d5e6f7a8b9c2",
        surface="outpost",
        reason=None,
        epoch=None,
        events=events or (event(),),
        claims=(),
        secrets=(),
        result=None,
        previous_leaf=past.leaf,
    )
    return replace(made, **changes)
