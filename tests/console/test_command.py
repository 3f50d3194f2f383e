"""The command that a page offers is one that the terminal understands, and asks the same."""

import shlex

import httpx
import pytest

from services.cli.parser import parser_of
from services.cli.registry import VERBS
from services.gateway.console.command import command_of
from tests.console.scene import PATH, RAN
from tests.surfaces.stubs import SERVICE_ID

LOOKED_FOR = {"q": "--all; rm -rf '$HOME'", "state": "failed"}
FOUND = shlex.quote(f"--query={LOOKED_FOR['q']}")


@pytest.mark.parametrize(
    ("path", "query", "command"),
    [
        ("/console/projects", {}, "projects"),
        ("/console/services", LOOKED_FOR, f"services list --all --state=failed {FOUND}"),
        ("/console/events", {}, "events"),
        ("/console/keys", {}, "keys list"),
        ("/console/grants", {}, "grants list"),
        ("/console/webhooks", {}, "webhooks list"),
        (f"/console/webhooks/{'af' * 12}", {}, f"webhooks deliveries {'af' * 12}"),
        ("/console/why/6", {}, "why 6"),
        ("/console/p/acme", {"state": "failed"}, "services list --project=acme --state=failed"),
        ("/console/p/acme", {"view": "changes"}, "events --project=acme"),
        (
            "/console/p/acme",
            {"view": "graph", "focus": "orders.placed"},
            "graph --project=acme --focus=topic:orders.placed",
        ),
        ("/console/p/acme/jobs", {}, "jobs list --project=acme"),
        (f"/console/p/acme/jobs/{RAN.id}", {}, f"jobs get {RAN.id}"),
        ("/console/p/acme/limits", {}, "quota show --project=acme"),
        (PATH, {}, f"services get {SERVICE_ID}"),
        (f"{PATH}/history", {}, f"history {SERVICE_ID}"),
        (f"{PATH}/logs", {}, f"logs {SERVICE_ID}"),
        (f"{PATH}/scaling", {}, f"scaling {SERVICE_ID}"),
    ],
)
def test_the_terminal_understands_it_at_any_moment(
    path: str, query: dict[str, str], command: str
) -> None:
    assert command_of(path, query, None) == f"chronoplane {command}"
    then = command_of(path, query, "2026-03-18T11:59:00Z")
    assert then is not None
    chosen = parser_of(VERBS).parse_args(shlex.split(then)[1:])
    assert chosen.verb == command.split(maxsplit=1)[0]
    assert chosen.as_of is not None


@pytest.mark.parametrize("path", ["/console/help", f"{PATH}/change", "/console/erasure"])
def test_a_page_that_no_verb_asks_for_offers_none(path: str) -> None:
    assert command_of(path, {}, None) is None


async def test_a_page_offers_it(visitor: httpx.AsyncClient) -> None:
    page = (await visitor.get(f"{PATH}/history?as_of=39")).text
    assert f'data-copy="chronoplane history {SERVICE_ID} --as-of=39"' in page
