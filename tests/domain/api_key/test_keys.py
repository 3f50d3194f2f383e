"""API keys: who gets one, what it may be called, how it ends."""

from datetime import UTC, datetime

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as some

from shared.domain.api_key.commands import IssueApiKey, RevokeApiKey
from shared.domain.api_key.events import ApiKeyIssued, ApiKeyRevoked
from shared.domain.facts import Facts
from shared.domain.rejections import Conflicting, Invalid, NotFound
from tests.support.given import given

KEY = "1a" * 12
USER = "2b" * 12
ISSUE = IssueApiKey(key_id=KEY, principal_id=USER, name="laptop", digest="ab" * 32)
ISSUED = ApiKeyIssued(
    key_id=KEY, principal_id=USER, name="laptop", digest="ab" * 32, expires_at=None
)
REVOKED = ApiKeyRevoked(key_id=KEY, principal_id=USER)


def named(name: str) -> IssueApiKey:
    return IssueApiKey(key_id=KEY, principal_id=USER, name=name, digest="ab" * 32)


def test_a_key_is_issued_and_claims_nothing() -> None:
    given().when(ISSUE).then(ISSUED).then_claimed()


def test_when_it_expires_is_kept() -> None:
    moment = datetime(2027, 1, 1, tzinfo=UTC)
    command = IssueApiKey(
        key_id=KEY, principal_id=USER, name="ci", digest="cd" * 32, expires_at=moment
    )
    given().when(command).then(
        ApiKeyIssued(key_id=KEY, principal_id=USER, name="ci", digest="cd" * 32, expires_at=moment)
    )


def test_a_key_for_nobody_is_refused() -> None:
    given().when(ISSUE, Facts()).then_rejected(NotFound, kind="principal", key=USER)


def test_an_id_is_used_once() -> None:
    given(ISSUED).when(ISSUE).then_rejected(Conflicting, state="exists")
    given(ISSUED, REVOKED).when(ISSUE).then_rejected(Conflicting, state="exists")


@pytest.mark.parametrize("name", ["a", "my key", "key-1.2_3", "é", "x" * 100])
def test_a_name_may_be_nearly_anything(name: str) -> None:
    given().when(named(name)).then(
        ApiKeyIssued(key_id=KEY, principal_id=USER, name=name, digest="ab" * 32, expires_at=None)
    )


@pytest.mark.parametrize("name", ["", " ", " a", "a ", "a$b", "$", "a\nb", "a\x00", "x" * 101])
def test_a_name_that_cannot_be_spelled_in_a_header_is_refused(name: str) -> None:
    given().when(named(name)).then_rejected(Invalid, field="name")


def test_a_key_is_revoked_once() -> None:
    given(ISSUED).when(RevokeApiKey(key_id=KEY)).then(REVOKED)
    given(ISSUED, REVOKED).when(RevokeApiKey(key_id=KEY)).then_nothing_happened()


def test_a_key_that_never_was_cannot_be_revoked() -> None:
    given().when(RevokeApiKey(key_id=KEY)).then_rejected(NotFound, kind="api_key", key=KEY)


@for_any(some.sampled_from([(ISSUED,), (ISSUED, REVOKED)]))
def test_revoking_twice_is_revoking_once(past: tuple[object, ...]) -> None:
    given(*past).when(RevokeApiKey(key_id=KEY)).then_again_nothing_happens()
