"""Two tenants on one stack: acme, who tries things, and beta, who owns what is tried for.

Of everything that has an id beta owns one; `without_owner` gives one of that form which nobody has.
"""

from dataclasses import dataclass, field
from typing import Any

import psycopg

from shared.kernel.ids import is_id, to_uuid
from tests.support.outpost import Answer, Outpost, admin, tenant
from tests.support.stack import Stack

CANARY = "canary-of-beta"
ABSENT_ID = "65f0c1a2b3c4d5e6f7a8b9ff"
RECORDS = {
    "agent": "agents",
    "state_machine": "state-machines",
    "model_version": "model-versions",
    "pipeline_run": "pipeline-runs",
}
ABSENT_POSITION = "999999999999"
UUID_LENGTH = 36


@dataclass(slots=True, kw_only=True)
class Tenants:
    """`foreign` and `own`: for a kind of thing, its spellings, ids first."""

    stack: Stack
    acme: Outpost
    beta: Outpost
    foreign: dict[str, tuple[str, ...]] = field(default_factory=dict)
    own: dict[str, tuple[str, ...]] = field(default_factory=dict)
    head: int = 0  # a position at which all of this is there

    def events_of_acme_outside(self) -> list[tuple[int, str]]:
        """What acme's user wrote into accounts that are not his."""
        account = self.own["user"][0]
        return events_elsewhere(self.stack, account, [account, self.own["organization"][0]])


def events_elsewhere(stack: Stack, actor: str, accounts: list[str]) -> list[tuple[int, str]]:
    """What somebody wrote into other accounts than these: (position, type)."""
    with psycopg.connect(stack.superuser_dsn()) as connection:
        return connection.execute(
            "select position, type from es.event"
            " where actor like %s and account_id <> all(%s) order by position",
            [f"%{actor}", accounts],
        ).fetchall()


def without_owner(spelling: str) -> str:
    """The same form of a name, which nobody has."""
    if is_id(spelling):
        return ABSENT_ID
    if len(spelling) == UUID_LENGTH:
        return str(to_uuid(ABSENT_ID))
    return ABSENT_POSITION if spelling.isdigit() else "nobody-has-this"


def make_tenants(stack: Stack) -> Tenants:
    acme, beta = tenant(stack, "abuse-acme"), tenant(stack, "abuse-beta")
    made = Tenants(stack=stack, acme=acme, beta=beta)
    made.own = _things_of(stack, acme, "acme")
    made.foreign = _things_of(stack, beta, CANARY)
    made.head = int(beta.ops("GET", "services").headers["log-position"])
    return made


def _things_of(stack: Stack, who: Outpost, name: str) -> dict[str, tuple[str, ...]]:
    me = _ok(who.ops("GET", "whoami"))
    user = me["principal_id"]
    organization = _ok(
        admin(stack).ops(
            "POST", "organizations", {"handle": f"{name}-org", "name": name, "owner": user}
        )
    )
    project = _ok(who.ops("POST", "projects", {"handle": f"{name}-models", "name": name}))
    robot = _ok(who.ops("POST", "service-accounts", {"name": name, "account": organization["id"]}))
    key = _ok(who.ops("POST", "api-keys", {"name": name}))
    grant = _ok(
        who.ops(
            "POST",
            "grants",
            {
                "principal": robot["id"],
                "action": "service.read",
                "resource": f"account:{organization['id']}",
            },
        )
    )
    service = who.create(name=f"{name}-web", image="registry.example/app:1", env={"SECRET": name})
    assert service.status == 201, service
    position = service.headers["log-position"]
    listed = _ok(who.ops("GET", f"services?project={who.namespace}"))["data"]
    records = {
        kind: _ok(who.ops("POST", path, {"project": who.namespace, "name": name}))["id"]
        for kind, path in RECORDS.items()
    }
    webhook = _ok(who.ops("POST", "webhooks", {"url": "https://receiver.example/hook"}))
    subscription = _ok(who.ops("POST", "subscriptions", {"name": name}))
    credential = {"name": name, "domain": "git.example", "secret": name}
    git = _ok(who.ops("POST", f"users/{user}/git-credentials", credential))
    return {
        "user": (user, who.namespace),
        "git_credential": (git["id"],),
        "organization": (organization["id"], f"{name}-org"),
        "service_account": (robot["id"],),
        "project": (project["id"], f"{name}-models"),
        "namespace": (who.namespace,),
        "service_name": (f"{name}-web",),
        "api_key": (key["id"],),
        "grant": (grant["id"],),
        "service": (listed[0]["id"],),
        **{kind: (id_,) for kind, id_ in records.items()},
        "subscription": (subscription["id"],),
        "webhook": (webhook["id"],),
        "position": (position,),
    }


def _ok(answer: Answer) -> Any:
    assert answer.status in (200, 201), answer
    return answer.body
