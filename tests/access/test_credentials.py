"""Which keys open anything: alive, not expired, of somebody who lives; service accounts too."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.access.digest import digest_of, presented_bearer, token_of
from shared.domain.api_key.events import ApiKeyRevoked
from shared.domain.principal.events import PrincipalRemoved
from tests.access.world import World, id_of

NOW = datetime(2026, 3, 18, 12, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    world = World()
    world.user("ann", "eve")
    world.organization("acme", owner="ann")
    world.service_account("ci", of="acme")
    world.key("laptop", of="ann", digest="d-ann")
    world.key("robot", of="ci", digest="d-ci")
    return world


def test_a_live_key_is_found_by_its_digest(world: World) -> None:
    key = world.index.key_of_digest("d-ann", NOW)
    assert key is not None
    assert (key.id, key.principal_id, key.name) == (id_of("laptop"), id_of("ann"), "laptop")


@pytest.mark.parametrize("digest", ["", "d-an", "d-ann ", "laptop"])
def test_any_other_digest_finds_nothing(world: World, digest: str) -> None:
    assert world.index.key_of_digest(digest, NOW) is None


def test_a_revoked_key_opens_nothing(world: World) -> None:
    world.apply(ApiKeyRevoked(key_id=id_of("laptop"), principal_id=id_of("ann")))
    assert world.index.key_of_digest("d-ann", NOW) is None
    assert world.index.live_key(id_of("laptop"), NOW) is None


def test_a_key_lives_up_to_its_moment_and_not_through_it(world: World) -> None:
    world.key("short", of="ann", digest="d-short", expires_at=NOW)
    assert world.index.key_of_digest("d-short", NOW - timedelta(microseconds=1)) is not None
    assert world.index.key_of_digest("d-short", NOW) is None


def test_keys_of_who_was_removed_open_nothing(world: World) -> None:
    world.apply(PrincipalRemoved(principal_id=id_of("ann")))
    assert world.index.key_of_digest("d-ann", NOW) is None


def test_a_service_account_lives_as_long_as_the_account_it_works_for(world: World) -> None:
    assert world.index.key_of_digest("d-ci", NOW) is not None
    world.apply(PrincipalRemoved(principal_id=id_of("acme")))
    assert world.index.key_of_digest("d-ci", NOW) is None
    assert not world.index.principal_is_live(id_of("ci"))


def test_a_service_account_may_only_what_it_was_given(world: World) -> None:
    assert world.sees("ci") == set()
    assert not world.may("ci", "service.write", "h-acme")
    world.grant("ci", "service.write", f"project:{id_of('h-acme')}")
    assert world.may("ci", "service.write", "h-acme")
    assert not world.may("ci", "service.remove", "h-acme")


def test_a_service_account_as_a_member_has_that_role(world: World) -> None:
    world.member("ci", "acme", "viewer")
    assert world.sees("ci") == {"acme"}


def test_the_owners_of_an_account_command_its_service_accounts(world: World) -> None:
    account = id_of("ci")
    assert world.index.may_in_account(id_of("ann"), "api_key.write", account)
    assert not world.index.may_in_account(id_of("eve"), "api_key.write", account)
    world.member("eve", "acme", "member")
    assert not world.index.may_in_account(id_of("eve"), "api_key.write", account)


def test_a_digest_depends_on_the_secret_and_the_installation() -> None:
    one = digest_of("secret", b"a" * 32)
    assert len(one) == 64
    assert one == digest_of("secret", b"a" * 32)
    assert one != digest_of("secret", b"b" * 32)
    assert one != digest_of("secret2", b"a" * 32)


def test_a_token_of_ours_names_its_key_and_any_other_text_is_a_secret_as_a_whole() -> None:
    secret = "s" * 43
    ours = presented_bearer(token_of("a" * 24, secret))
    assert (ours.secret, ours.key_id) == (secret, "a" * 24)
    for text in ("admin", "cp_short", f"cp_{'A' * 24}_{secret}", f"cp_{'a' * 24}_x", ""):
        shown = presented_bearer(text)
        assert (shown.secret, shown.key_id) == (text, None)
