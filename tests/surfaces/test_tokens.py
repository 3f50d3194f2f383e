"""Tokens of a surface's own sign-in: whose they are, how long, and where they open nothing."""

from datetime import timedelta

import pytest

from services.gateway.tokens import Claims, Tokens
from tests.surfaces.stubs import MOMENT, SetClock

PRINCIPAL, KEY = "ab" * 12, "cd" * 12


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def tokens(clock: SetClock) -> Tokens:
    return Tokens(b"i" * 32, clock)


def issued(tokens: Tokens, audience: str = "amigo", **given: object) -> str:
    token, _ = tokens.issue(
        audience,
        principal_id=PRINCIPAL,
        key_id=KEY,
        scope="acme",
        token_id="ef" * 12,
        life=timedelta(hours=1),
        **given,  # type: ignore[arg-type]  # a test's own short cut
    )
    return token


def test_a_token_says_who_it_is_and_through_which_key(tokens: Tokens) -> None:
    assert tokens.read("amigo", issued(tokens)) == Claims(
        principal_id=PRINCIPAL,
        key_id=KEY,
        scope="acme",
        expires_at=MOMENT.replace(microsecond=0) + timedelta(hours=1),
    )


def test_a_token_of_one_surface_opens_nothing_on_another(tokens: Tokens) -> None:
    assert tokens.read("zenml", issued(tokens)) is None


def test_a_token_of_another_installation_is_nobodys(clock: SetClock, tokens: Tokens) -> None:
    assert Tokens(b"j" * 32, clock).read("amigo", issued(tokens)) is None


def test_a_token_ends_when_its_time_is_over(clock: SetClock, tokens: Tokens) -> None:
    token = issued(tokens)
    clock.pass_by(3599)
    assert tokens.read("amigo", token) is not None
    clock.pass_by(1)
    assert tokens.read("amigo", token) is None


def test_a_token_never_outlives_its_key(clock: SetClock, tokens: Tokens) -> None:
    token = issued(tokens, ends_with=MOMENT + timedelta(minutes=1))
    clock.pass_by(61)
    assert tokens.read("amigo", token) is None


@pytest.mark.parametrize("text", ["", "a.b.c", "cp_key_secret", "." * 2, "x" * 5000, "e30.e30."])
def test_what_is_no_token_is_no_token(tokens: Tokens, text: str) -> None:
    assert tokens.read("amigo", text) is None


def test_a_changed_token_is_no_token(tokens: Tokens) -> None:
    head, claims, signature = issued(tokens).split(".")
    assert tokens.read("amigo", f"{head}.{claims[:-2]}AA.{signature}") is None
    assert tokens.read("amigo", f"eyJhbGciOiJub25lIn0.{claims}.") is None
