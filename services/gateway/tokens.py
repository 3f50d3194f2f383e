"""Tokens that a surface's own sign-in hands out: signed here, read here, kept nowhere.

A token names the API key it was made from, so that it is dead the moment that key is revoked. Each
surface signs with a key of its own: a token of one opens nothing on another."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from shared.kernel.ids import is_id
from shared.runtime.clock import Clock

ISSUER = "chronoplane"
ALGORITHM = "HS256"
TOKEN_LENGTH_MAX = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """`scope` is whatever the surface signs in to (Amigo: an organization); it may be empty."""

    principal_id: str
    key_id: str
    scope: str
    expires_at: datetime


class Tokens:
    def __init__(self, installation: bytes, clock: Clock) -> None:
        self._installation = installation
        self._clock = clock

    def issue(
        self,
        audience: str,
        *,
        principal_id: str,
        key_id: str,
        scope: str,
        token_id: str,
        life: timedelta,
        ends_with: datetime | None = None,
    ) -> tuple[str, datetime]:
        """The token and when it ends: never later than the key that it stands for."""
        now = self._clock.now().replace(microsecond=0)
        expires_at = now + life
        if ends_with is not None:
            expires_at = min(expires_at, ends_with.replace(microsecond=0))
        claims = {
            "iss": ISSUER,
            "aud": audience,
            "sub": principal_id,
            "jti": token_id,
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
            "key": key_id,
            "scope": scope,
        }
        return jwt.encode({"alg": ALGORITHM}, claims, self._key(audience)), expires_at

    def read(self, audience: str, token: str) -> Claims | None:
        """None where it is not ours, not for this audience, or over."""
        if token.count(".") != 2 or len(token) > TOKEN_LENGTH_MAX:
            return None
        try:
            claims = jwt.decode(token, self._key(audience), algorithms=[ALGORITHM]).claims
        except (JoseError, ValueError):
            return None
        if claims.get("iss") != ISSUER or claims.get("aud") != audience:
            return None
        ends, principal_id = claims.get("exp"), claims.get("sub")
        key_id, scope = claims.get("key"), claims.get("scope")
        if not isinstance(ends, int) or not isinstance(scope, str):
            return None
        if not all(isinstance(id_, str) and is_id(id_) for id_ in (principal_id, key_id)):
            return None
        expires_at = datetime.fromtimestamp(ends, UTC)
        if expires_at <= self._clock.now():
            return None
        return Claims(
            principal_id=str(principal_id),
            key_id=str(key_id),
            scope=scope,
            expires_at=expires_at,
        )

    def _key(self, audience: str) -> OctKey:
        secret = hmac.new(self._installation, b"token:" + audience.encode(), hashlib.sha256)
        return OctKey.import_key(secret.digest())
