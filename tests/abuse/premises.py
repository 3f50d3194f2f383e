"""Whose things are tried for: an organization with one of everything, somebody outside it who has
no part in it, and somebody inside it who may only look."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.kernel.ids import is_id
from tests.abuse.tenants import events_elsewhere
from tests.fuzz.scene import Things, things_in
from tests.support.apps import echo
from tests.support.git import push
from tests.support.outpost import Answer, Outpost, admin, call, tenant, wait_for
from tests.support.stack import Stack

NAME = "canary-guarded"
HOST = "shop.canary-guarded.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    stack: Stack
    owner: Outpost
    outsider: Outpost
    viewer: Outpost
    things: Things
    accounts: Mapping[str, list[str]]  # by handle: what is one's own

    def events_elsewhere(self, who: Outpost) -> list[tuple[int, str]]:
        """What somebody has written into accounts that are not his."""
        own = self.accounts[who.namespace]
        return events_elsewhere(self.stack, own[0], own)


def make_premises(stack: Stack) -> Premises:
    owner = admin(stack, NAME)
    things = dict(things_in(stack, NAME))
    outsider, viewer = tenant(stack, "outside-looker"), tenant(stack, "inside-looker")
    accounts = {each.namespace: [_id(each)] for each in (outsider, viewer)}
    inside = _id(viewer)
    member = f"organizations/{things['organization']}/members/{inside}"
    _made(owner.ops("PUT", member, {"role": "viewer"}))
    crew = f"organizations/{things['crew']}/members/{inside}"
    _made(owner.ops("PUT", crew, {"role": "viewer"}))
    things.update(_of_the_organization(owner, things["organization"]))
    things.update(_running(stack, owner))
    things.update(node="nobody-has-this", **{"import": "0" * 24})
    return Premises(
        stack=stack,
        owner=owner,
        outsider=outsider,
        viewer=viewer,
        things=things,
        accounts=accounts,
    )


def _of_the_organization(owner: Outpost, organization: str) -> dict[str, str]:
    """What the scene makes for the administrator himself, where a member would see it."""
    hook = {"url": "https://receiver.invalid/inside", "account": organization}
    made = call(
        f"{owner.stack.gateway_url}/api/environments/beta/environments",
        method="POST",
        token=owner.token,
        body={
            "name": f"{NAME}-inside",
            "visibility": "private",
            "image": "registry.invalid/base:1",
            "addBaseDependencies": False,
            "orgOwnerId": organization,
        },
    )
    environment = _made(made)["environment"]
    return {
        "webhook": _made(owner.ops("POST", "webhooks", hook))["id"],
        "environment": environment["id"],
        "revision": environment["latestRevision"]["id"],
    }


def _running(stack: Stack, owner: Outpost) -> dict[str, str]:
    """A service with a replica and a host name of its own."""
    push(stack.repositories, f"{NAME}/live", echo())
    _made(owner.create(name="live", repo=f"{NAME}/live", custom_domain=HOST))
    owner.wait_status("live", "running", 90.0)
    listed = _made(owner.ops("GET", f"services?project={NAME}"))["data"]
    service = next(item["id"] for item in listed if item["name"] == "live")
    domain = _made(owner.ops("GET", f"services/{service}/domains"))["data"][0]

    def replica() -> str | None:
        found = _made(owner.ops("GET", f"services/{service}/replicas"))["data"]
        return str(found[0]["id"]) if found else None

    return {
        "service": service,
        "service_name": "live",
        "replica": wait_for(replica, 60.0, lambda: "a replica to be listed"),
        "domain": domain["domain"],
    }


def _id(who: Outpost) -> str:
    mine = str(_made(who.ops("GET", "whoami"))["principal_id"])
    assert is_id(mine)
    return mine


def _made(answer: Answer) -> Any:
    assert answer.status in (200, 201, 204), answer
    return answer.body
