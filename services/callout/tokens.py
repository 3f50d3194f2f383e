"""What the NATS server asks when somebody connects, and the signed answer it takes.

The name of a user is how a connection is told from others afterwards: it is all that the server's
list of connections says of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.bus.nkey import AccountKey, claims_of
from shared.bus.subjects import TENANTS_ACCOUNT, acks_of, next_of

SUBSCRIPTIONS_MAX = 16
PAYLOAD_BYTES_MAX = 8 * 1024
_TEXT_MAX = 600
_USER_NAME = re.compile(r"([0-9a-f]{24})\.([0-9a-f]{24})\Z")


class NotAsked(ValueError):
    """Not a request of the server's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """`user_nkey` names the connection, `server_id` who asks. `secret` is what was shown: a
    password, or a token in its place."""

    user_nkey: str
    server_id: str
    user: str
    secret: str

    def __repr__(self) -> str:
        return f"Asking(user={self.user!r}, secret='***')"


def asking_of(body: bytes) -> Asking:
    try:
        asked = claims_of(body)["nats"]
        shown = asked["connect_opts"]
        return Asking(
            user_nkey=str(asked["user_nkey"]),
            server_id=str(asked["server_id"]["id"]),
            user=_text(shown, "user"),
            secret=_text(shown, "pass") or _text(shown, "auth_token"),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotAsked(type(error).__name__) from None


def _text(shown: Mapping[str, Any], name: str) -> str:
    value = shown.get(name) or ""
    if not isinstance(value, str) or len(value) > _TEXT_MAX:
        raise ValueError(name)
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """All that one connection may do: ask its consumer, acknowledge, hear its inbox."""

    subscription_id: str
    key_id: str
    consumer: str
    inbox: str


def admitting(asking: Asking, grant: Grant, issuer: AccountKey, now: datetime) -> bytes:
    """A user of the tenants' account, for this one connection."""
    issued_at = int(now.timestamp())
    user = {
        "aud": TENANTS_ACCOUNT,
        "sub": asking.user_nkey,
        "name": user_name(grant.subscription_id, grant.key_id),
        "nats": {
            "type": "user",
            "version": 2,
            "pub": {"allow": [next_of(grant.consumer), f"{acks_of(grant.consumer)}.>"]},
            "sub": {"allow": [f"{grant.inbox}.>"]},
            "subs": SUBSCRIPTIONS_MAX,
            "payload": PAYLOAD_BYTES_MAX,
            "data": -1,
            "allowed_connection_types": ["STANDARD"],
        },
    }
    return _answer(asking, {"jwt": issuer.token(user, issued_at=issued_at)}, issuer, issued_at)


def refusing(asking: Asking, issuer: AccountKey, now: datetime) -> bytes:
    """The server tells the client nothing but that it was refused."""
    return _answer(asking, {"error": "refused"}, issuer, int(now.timestamp()))


def _answer(asking: Asking, said: dict[str, str], issuer: AccountKey, issued_at: int) -> bytes:
    claims = {
        "aud": asking.server_id,
        "sub": asking.user_nkey,
        "nats": {**said, "type": "authorization_response", "version": 2},
    }
    return issuer.token(claims, issued_at=issued_at).encode()


def user_name(subscription_id: str, key_id: str) -> str:
    return f"{subscription_id}.{key_id}"


def named(user: str) -> tuple[str, str] | None:
    """The subscription and the key of a connection; None for one that we did not let in."""
    match = _USER_NAME.match(user)
    return None if match is None else (match.group(1), match.group(2))
