"""A9: what is no live credential of this installation is nobody: the surface's own 401, always the
same words, nothing fetched, nothing written."""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.abuse.tenants import Tenants
from tests.support.outpost import Answer, call
from tests.support.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.slow]

PLACES = {
    "outpost": "/abuse-acme/services",
    "outpost-write": "/auth/v1/seed/abuse-acme/services",
    "ops": "/ops/v1/projects",
    "whoami": "/ops/v1/whoami",
}


class Canary:
    """Counts who comes to look for the key that a token points at."""

    def __init__(self) -> None:
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/keys.json"
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # Closed: the tests are over.
            self.connections += 1
            connection.close()

    def close(self) -> None:
        self._listener.close()


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    made = Canary()
    yield made
    made.close()


def encoded(part: Any) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def jwt(header: dict[str, Any], claims: dict[str, Any], secret: bytes | None) -> str:
    text = f"{encoded(header)}.{encoded(claims)}"
    if secret is None:
        return f"{text}."
    return f"{text}.{encoded(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


def forged(tenants: Tenants, canary: Canary) -> dict[str, str]:
    """Well made but for what the name says; they claim to be acme's own user with his own key."""
    now = int(time.time())
    claims = {
        "iss": "chronoplane",
        "aud": "ops",
        "sub": tenants.own["user"][0],
        "key": tenants.own["api_key"][0],
        "scope": "",
        "iat": now,
        "exp": now + 3600,
        "jti": "1",
    }
    keys = tenants.stack.data_dir / "keys"
    public = (keys / "checkpoint.pub").read_bytes()
    real = keys / "installation"
    mine = hmac.new(bytes.fromhex(real.read_text()), b"token:amigo", hashlib.sha256).digest()
    hs256 = {"alg": "HS256", "typ": "JWT"}
    return {
        "alg none": jwt({"alg": "none"}, claims, None),
        "alg None": jwt({"alg": "None"}, claims, b""),
        "HS256 by our public key": jwt(hs256, claims, public),
        "kid as a path": jwt({**hs256, "kid": "../../../dev/null"}, claims, b""),
        "kid as SQL": jwt({**hs256, "kid": "x' or 1=1 --"}, claims, b"x"),
        "jku": jwt({**hs256, "jku": canary.url}, claims, b"x"),
        "x5u": jwt({**hs256, "x5u": canary.url}, claims, b"x"),
        "own jwk": jwt({**hs256, "jwk": {"kty": "oct", "k": encoded(b"x")}}, claims, b"x"),
        "expired": jwt(hs256, {**claims, "exp": now - 3600}, mine),
        "not yet": jwt(hs256, {**claims, "nbf": now + 3600}, mine),
        "of another surface": jwt(hs256, {**claims, "aud": "amigo"}, mine),
        "without an end": jwt(hs256, {k: v for k, v in claims.items() if k != "exp"}, mine),
    }


def of_keys(tenants: Tenants) -> dict[str, str]:
    """What was a key, or nearly is one."""
    acme = tenants.acme
    made = acme.ops("POST", "api-keys", {"name": "to be revoked"})
    assert acme.ops("DELETE", f"api-keys/{made.body['id']}").status == 204
    soon = (datetime.now(UTC) + timedelta(seconds=1.2)).isoformat()
    ends = acme.ops("POST", "api-keys", {"name": "ends soon", "expires_at": soon})
    assert ends.status == 201, ends
    assert call(acme.stack.gateway_url + PLACES["whoami"], token=ends.body["token"]).status == 200
    time.sleep(1.5)
    token = acme.token
    last = token[-1]
    prefix, _, secret = token.rpartition("_")
    other = tenants.beta.token.rpartition("_")[0]
    return {
        "revoked": made.body["token"],
        "expired key": ends.body["token"],
        "one bit changed": token[:-1] + chr(ord(last) ^ 1),
        "a letter more": token + "0",
        "cut": token[:-1],
        "upper case": token.upper(),
        "another key's id": f"{other}_{secret}",
        "id alone": prefix,
        "name wrong": f"API-Key other${secret}",
        "nothing": "",
        "long": "x" * 6000,
    }


def head(stack: Stack) -> int:
    with psycopg.connect(stack.superuser_dsn()) as connection:
        row = connection.execute("select count(*) from es.event where surface <> 'process'")
        return int((row.fetchone() or (0,))[0])


def said(answer: Answer) -> str:
    body = answer.body.get("error", answer.body)
    return json.dumps({**body, "request_id": None})


@pytest.mark.parametrize("place", PLACES)
def test_what_is_no_live_credential_is_nobody(tenants: Tenants, canary: Canary, place: str) -> None:
    url = tenants.stack.gateway_url + PLACES[place]
    tokens = {**forged(tenants, canary), **(of_keys(tenants) if place == "ops" else {})}
    method = "POST" if place == "outpost-write" else "GET"
    body = {"name": "stolen", "gpu": "none", "image": "x.example/a:1"} if method == "POST" else None
    before = head(tenants.stack)
    answers = {
        name: call(url, method=method, token=token, body=body) for name, token in tokens.items()
    }
    answers["no header"] = call(url, method=method, body=body)
    for header in ("Basic YWJjOmRl", "Bearer", "Bearer\tx", "bearer  ", "Token x", "API-Key $"):
        answers[header] = call(url, method=method, body=body, headers={"Authorization": header})
    assert {name: a.status for name, a in answers.items() if a.status != 401} == {}
    assert len({said(answer) for answer in answers.values()}) == 1
    codes = {(a.body.get("error") or a.body)["code"] for a in answers.values()}
    assert codes == {"unauthorized"}
    assert all("www-authenticate" in answer.headers for answer in answers.values())
    assert canary.connections == 0
    assert head(tenants.stack) == before


def test_the_same_places_know_who_is_somebody(tenants: Tenants) -> None:
    """Else the test above would pass on a gateway that knows nobody."""
    secret = tenants.acme.token.rpartition("_")[2]
    for credential in (tenants.acme.token, f"API-Key test${secret}"):
        for place in ("outpost", "ops", "whoami"):
            url = tenants.stack.gateway_url + PLACES[place]
            assert call(url, token=credential).status == 200, (place, credential[:8])


def test_a_revoked_key_is_dead_with_the_answer_to_its_revocation(tenants: Tenants) -> None:
    acme = tenants.acme
    url = tenants.stack.gateway_url + PLACES["whoami"]
    for _ in range(5):
        made = acme.ops("POST", "api-keys", {"name": "short"})
        assert call(url, token=made.body["token"]).status == 200
        assert acme.ops("DELETE", f"api-keys/{made.body['id']}").status == 204
        assert call(url, token=made.body["token"]).status == 401
