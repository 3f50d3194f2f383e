"""A7: an idempotency key is its owner's alone, opens nothing that a lost right has closed, and
never gives a second thing for one wish."""

from typing import Any

import psycopg
import pytest

from tests.abuse.tenants import Tenants
from tests.support.outpost import Answer, Outpost, call, tenant

pytestmark = [pytest.mark.stack, pytest.mark.slow]


def create(who: Outpost, namespace: str, key: str, **changes: Any) -> Answer:
    url = f"{who.stack.gateway_url}/auth/v1/seed/{namespace}/services"
    body = {"name": "keyed", "gpu": "none", "image": "registry.example/app:1", **changes}
    return call(url, method="POST", token=who.token, body=body, headers={"Idempotency-Key": key})


def project(who: Outpost, key: str, **changes: Any) -> Answer:
    body = {"handle": "keyed-project", "name": "keyed", **changes}
    return who.ops("POST", "projects", body, **{"Idempotency-Key": key})


def head(tenants: Tenants) -> int:
    with psycopg.connect(tenants.stack.superuser_dsn()) as connection:
        row = connection.execute("select count(*) from es.event where type like 'project.%'")
        return int((row.fetchone() or (0,))[0])


def test_the_same_key_and_body_of_another_account_makes_a_thing_of_its_own(
    tenants: Tenants,
) -> None:
    first = create(tenants.acme, tenants.acme.namespace, "K")
    second = create(tenants.beta, tenants.beta.namespace, "K")
    assert (first.status, second.status) == (201, 201)
    assert first.body["id"] != second.body["id"]
    assert "idempotency-replayed" not in second.headers
    again = create(tenants.acme, tenants.acme.namespace, "K")
    assert (again.status, again.body["id"]) == (201, first.body["id"])
    assert again.headers["idempotency-replayed"] == "true"


def test_the_same_key_with_another_body_is_a_mismatch_on_both_surfaces(tenants: Tenants) -> None:
    assert create(tenants.acme, tenants.acme.namespace, "M", name="first").status == 201
    other = create(tenants.acme, tenants.acme.namespace, "M", name="second")
    assert (other.status, other.body["error"]["code"]) == (409, "conflict")
    assert project(tenants.acme, "M", handle="keyed-m").status == 201
    reused = project(tenants.acme, "M", handle="keyed-n")
    assert (reused.status, reused.body["code"]) == (409, "idempotency_key_reused")


def test_a_key_is_of_one_surface_only(tenants: Tenants) -> None:
    assert create(tenants.acme, tenants.acme.namespace, "S", name="surface").status == 201
    assert project(tenants.acme, "S", handle="keyed-s").status == 201


def test_a_lost_right_closes_the_first_answer_too(tenants: Tenants) -> None:
    """A guest works in acme's project, is sent away, and repeats himself."""
    acme, guest = tenants.acme, tenant(tenants.stack, "abuse-guest")
    guest_id = guest.ops("GET", "whoami").body["principal_id"]
    place = f"projects/{acme.namespace}/collaborators/{guest_id}"
    assert acme.ops("PUT", place, {"role": "member"}).status == 200
    made = create(guest, acme.namespace, "R", name="by-guest")
    assert made.status == 201
    assert create(guest, acme.namespace, "R", name="by-guest").body["id"] == made.body["id"]
    assert acme.ops("DELETE", place).status == 204
    refused = create(guest, acme.namespace, "R", name="by-guest")
    assert (refused.status, refused.body["error"]["code"]) == (403, "forbidden")
    assert made.body["id"] not in str(refused.body)


def test_a_dead_credential_repeats_nothing(tenants: Tenants) -> None:
    acme = tenants.acme
    key = acme.ops("POST", "api-keys", {"name": "short-lived"})
    assert key.status == 201
    short = Outpost(stack=acme.stack, token=key.body["token"], namespace=acme.namespace)
    assert project(short, "D", handle="keyed-d").status == 201
    assert project(short, "D", handle="keyed-d").headers["idempotency-replayed"] == "true"
    assert acme.ops("DELETE", f"api-keys/{key.body['id']}").status == 204
    dead = project(short, "D", handle="keyed-d")
    assert (dead.status, dead.body["code"]) == (401, "unauthorized")
    # The wish was the person's: his other key is told what was told before, and nothing is new.
    before = head(tenants)
    again = project(acme, "D", handle="keyed-d")
    assert (again.status, again.headers["idempotency-replayed"]) == (201, "true")
    assert head(tenants) == before


def test_a_removal_is_repeated_with_its_first_answer_and_is_absent_without_the_key(
    tenants: Tenants,
) -> None:
    acme = tenants.acme
    made = project(acme, "P", handle="keyed-p")
    assert made.status == 201
    for _ in range(2):
        removed = acme.ops("DELETE", "projects/keyed-p", **{"Idempotency-Key": "P-gone"})
        assert removed.status == 204, removed
    assert removed.headers["idempotency-replayed"] == "true"
    assert acme.ops("DELETE", "projects/keyed-p").status == 404
    theft = tenants.beta.ops("DELETE", "projects/keyed-p", **{"Idempotency-Key": "P-gone"})
    assert theft.status == 404


def test_a_first_no_stands_as_long_as_the_key(tenants: Tenants) -> None:
    acme = tenants.acme
    assert project(acme, "N-1", handle="keyed-taken").status == 201
    assert project(acme, "N-2", handle="keyed-taken").status == 409
    assert acme.ops("DELETE", "projects/keyed-taken").status == 204
    assert project(acme, "N-2", handle="keyed-taken").status == 409
