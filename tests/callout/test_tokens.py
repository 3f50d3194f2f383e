"""The server's request read, and what is signed for it. That the real server takes both is shown
in tests/abuse."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.callout.tokens import (
    Asking,
    Grant,
    NotAsked,
    admitting,
    asking_of,
    named,
    refusing,
    user_name,
)
from shared.bus.nkey import AccountKey, NkeyInvalid, claims_of

NOW = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
ISSUER = AccountKey.new()
ASKING = Asking(user_nkey="UABC", server_id="NDEF", user="sub", secret="s3cr3t-token")
GRANT = Grant(subscription_id="1a" * 12, key_id="2b" * 12, consumer="sub_x", inbox="_INBOX_y")


def spelled(claims: dict[str, Any]) -> bytes:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=")
    return b"e30." + body + b".c2ln"


def request(**connect_opts: Any) -> bytes:
    return spelled(
        {"nats": {"user_nkey": "U1", "server_id": {"id": "N1"}, "connect_opts": connect_opts}}
    )


def test_a_password_and_a_token_are_both_a_secret() -> None:
    by_password = asking_of(request(user="sub", **{"pass": "word"}))
    assert (by_password.user, by_password.secret) == ("sub", "word")
    by_token = asking_of(request(auth_token="tok"))
    assert (by_token.user, by_token.secret) == ("", "tok")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"a.b",
        b"a.b.c",
        b"..",
        spelled({}),
        spelled({"nats": None}),
        spelled({"nats": {"user_nkey": "U", "server_id": {"id": "N"}, "connect_opts": None}}),
        request(user=["x"]),
        request(user="x" * 601),
        request(auth_token="x" * 601),
    ],
)
def test_what_the_server_would_not_say_is_not_read(body: bytes) -> None:
    with pytest.raises(NotAsked):
        asking_of(body)


def test_a_secret_is_in_no_text_of_a_request() -> None:
    assert "s3cr3t" not in repr(ASKING) + str(ASKING) + f"{ASKING}"


def test_who_is_let_in_may_ask_acknowledge_and_hear_his_inbox_and_nothing_else() -> None:
    answer = claims_of(admitting(ASKING, GRANT, ISSUER, NOW))
    assert (answer["aud"], answer["sub"], answer["iss"]) == ("NDEF", "UABC", ISSUER.public)
    user = claims_of(answer["nats"]["jwt"].encode())
    assert (user["aud"], user["sub"], user["iss"]) == ("TENANTS", "UABC", ISSUER.public)
    assert user["nats"]["pub"] == {
        "allow": ["$JS.API.CONSUMER.MSG.NEXT.EVENTS.sub_x", "$JS.ACK.EVENTS.sub_x.>"]
    }
    assert user["nats"]["sub"] == {"allow": ["_INBOX_y.>"]}
    assert "resp" not in user["nats"]
    assert named(user["name"]) == (GRANT.subscription_id, GRANT.key_id)


def test_who_is_refused_gets_no_user_and_no_reason() -> None:
    said = claims_of(refusing(ASKING, ISSUER, NOW))["nats"]
    assert said == {"error": "refused", "type": "authorization_response", "version": 2}


def test_a_token_is_signed_by_the_key_it_names() -> None:
    token = admitting(ASKING, GRANT, ISSUER, NOW)
    signed, _, signature = token.rpartition(b".")
    raw = base64.b32decode(ISSUER.public + "=" * (-len(ISSUER.public) % 8))[1:33]
    padded = signature + b"=" * (-len(signature) % 4)
    Ed25519PublicKey.from_public_bytes(raw).verify(base64.urlsafe_b64decode(padded), signed)


def test_only_names_of_our_own_are_read() -> None:
    assert named(user_name("1a" * 12, "2b" * 12)) == ("1a" * 12, "2b" * 12)
    for other in ("", "command", "1a" * 12, "x" * 24 + "." + "y" * 24, user_name("1a", "2b")):
        assert named(other) is None


def test_a_key_is_found_again_from_its_seed_and_spelled_as_the_server_does() -> None:
    assert AccountKey.parse(ISSUER.seed).public == ISSUER.public
    assert ISSUER.seed.startswith("SA") and ISSUER.public.startswith("A")
    # A pair as NATS's own documentation prints it.
    documented = AccountKey.parse("SAAEXFSYMLINXLKR2TG5FLHCJHLU62B3SK3ESZLGP4B4XGLUNXICW3LGAY")
    assert documented.public == "ABNXLUXZG427NJ4YLMDR6HYLWCBHEOMN4TQGYGS2T5XNRUK5Y6ZG6XJ3"


def damaged(seed: str) -> str:
    """Another letter in the middle: the last one carries bits that spell nothing."""
    return seed[:30] + ("B" if seed[30] == "A" else "A") + seed[31:]


@pytest.mark.parametrize(
    "seed",
    ["", "SA", "not base32!", ISSUER.public, damaged(ISSUER.seed)],
    # Names of their own: the keys are new in every process, and workers must agree on the names.
    ids=["empty", "prefix", "no base32", "public key", "wrong checksum"],
)
def test_what_is_no_seed_is_refused_without_being_repeated(seed: str) -> None:
    if seed == ISSUER.seed:
        seed = ISSUER.seed[:-1] + "A"
    with pytest.raises(NkeyInvalid) as refusal:
        AccountKey.parse(seed)
    assert len(seed) < 4 or seed not in str(refusal.value)
