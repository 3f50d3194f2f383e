"""A4: whoever asks for another's host name, or one of ours, does not get its requests."""

import pytest

from tests.abuse.tenants import Tenants
from tests.support.apps import echo
from tests.support.git import push
from tests.support.outpost import Answer, Outpost, call, wait_for

pytestmark = [pytest.mark.stack, pytest.mark.slow]

SHOP = "shop.example"
# `localhost` is the suffix of services here, and the gateway's own name.
OURS = (
    "api.abuse-beta.localhost",
    "API.abuse-beta.LOCALHOST",
    "api.abuse-beta.localhost.",
    "api.abuse-beta.localhost\u3002",
    "api\u3002abuse-beta\u3002localhost",
    "x.api.abuse-beta.localhost",
    "localhost",
    "anything.localhost",
    "127.0.0.1",
    "[::1]",
    "10.0.0.1",
    "2130706433",
    "*.example",
    "*.localhost",
    "example",
    "-a.example",
    "a_b.example",
    "shop.example:8080",
    "shop..example",
    ".shop.example",
    "user@shop.example",
    "shop.example/path",
    "shop.example\n",
    "shop.example\x00",
    "xn--zz-.example",
    f"{'a' * 64}.example",
    "",
)
TAKEN = (SHOP, "SHOP.example", "shop.example.", "Shop.Example.", "shop\u3002example\u3002")


@pytest.fixture(scope="module")
def beta(tenants: Tenants) -> Outpost:
    """Beta's api runs, with a domain of its own."""
    beta = tenants.beta
    push(beta.stack.repositories, "abuse-beta/api", echo("beta"))
    made = beta.create(name="api", repo="abuse-beta/api", custom_domain=SHOP)
    assert made.status == 201, made
    beta.wait_status("api", "running")
    wait_for(lambda: beta.traffic("api", host=SHOP).status == 200 or None, 15, lambda: "the domain")
    return beta


@pytest.fixture(scope="module")
def acme(tenants: Tenants, beta: Outpost) -> Outpost:
    made = tenants.acme.create(name="thief", image="registry.example/app:1")
    assert made.status == 201, made
    tenants.acme.wait_status("thief", "failed")
    return tenants.acme


def by_beta(beta: Outpost, host: str) -> bool:
    answer = call(f"{beta.stack.edge_url}/", headers={"Host": host})
    return answer.status == 200 and answer.body["version"] == "beta"


def asked(acme: Outpost, domain: str, how: str) -> Answer:
    if how == "update":
        return acme.update("thief", custom_domain=domain)
    return acme.create(name="thief-2", image="registry.example/app:1", custom_domain=domain)


@pytest.mark.parametrize("how", ["create", "update"])
def test_our_names_and_what_is_no_public_name_are_refused(
    acme: Outpost, beta: Outpost, how: str
) -> None:
    for domain in OURS:
        answer = asked(acme, domain, how)
        assert answer.status == 400, (domain, answer)
        assert answer.body["error"]["code"] == "invalid_request"
        assert "custom_domain" in answer.body["error"]["message"] or "\x00" in domain
    assert by_beta(beta, "api.abuse-beta.localhost")


@pytest.mark.parametrize("how", ["create", "update"])
def test_a_name_that_is_another_services_is_taken_in_every_spelling(
    acme: Outpost, beta: Outpost, how: str
) -> None:
    for domain in TAKEN:
        answer = asked(acme, domain, how)
        assert (answer.status, answer.body["error"]["code"]) == (409, "conflict"), domain
        assert "beta" not in answer.body["error"]["message"]
    for host in (SHOP, "SHOP.EXAMPLE", "shop.example.", "shop.example:8081"):
        assert by_beta(beta, host), host


def test_a_name_in_two_scripts_is_one_name(acme: Outpost, beta: Outpost) -> None:
    assert (
        beta.create(
            name="umlaut", image="registry.example/app:1", custom_domain="bücher.example"
        ).status
        == 201
    )
    for domain in ("xn--bcher-kva.example", "BÜCHER.example", "bu\u0308cher.example"):
        answer = asked(acme, domain, "update")
        assert answer.status in (400, 409), (domain, answer)


def test_two_names_of_one_label_are_one(acme: Outpost) -> None:
    """`a_b` and `a-b` are one label of one host (THREATS row 24)."""
    assert acme.create(name="a-b", image="registry.example/app:1").status == 201
    for name in ("a_b", "A-B", "a__b", "a-b-"):
        answer = acme.create(name=name, image="registry.example/app:1")
        assert answer.status in (400, 409), (name, answer)
    for name in ("a.b", "api.abuse-beta", "x/y", "x:y", "x\n"):
        assert acme.create(name=name, image="registry.example/app:1").status == 400, name


def test_an_edge_that_is_asked_twice_or_for_nobody_gives_nothing(beta: Outpost) -> None:
    for host in ("nobody.abuse-beta.localhost", "api.abuse-acme.localhost", "example", "localhost"):
        assert call(f"{beta.stack.edge_url}/", headers={"Host": host}).status == 404, host
    for host in ("shop.example, api.abuse-beta.localhost", "user@shop.example"):
        assert call(f"{beta.stack.edge_url}/", headers={"Host": host}).status == 400, host
