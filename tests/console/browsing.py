"""A signed-in Chromium over the whole stack, and what it may never do while a module's tests go on.

Skipped where there is no Chromium (`apt-get install chromium`)."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.support.outpost import Outpost, call, tenant
from tests.support.stack import Stack

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# It must be a name that every surface takes.
HOSTILE = "<img src=x onerror=alert(1)>\"'</title>"
WAIT_MS = 15_000
# What a browser says of pages that are not there, and of forms that are refused with a page.
ASKED_FOR = ("404 (Not Found)", "409 (Conflict)")

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")


@dataclass(kw_only=True)
class Watched:
    """What no page of ours may do, collected while the tests go on."""

    faults: list[str] = field(default_factory=list)

    def watch(self, page: Page, origin: str) -> Page:
        page.on("dialog", lambda dialog: self.faults.append(f"dialog {dialog.message}"))
        page.on("pageerror", lambda error: self.faults.append(f"error {error}"))
        page.on(
            "console",
            lambda said: (
                self.faults.append(f"console {said.text}")
                if said.type in ("error", "warning") and not said.text.endswith(ASKED_FOR)
                else None
            ),
        )
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((origin, "data:"))
                else self.faults.append(f"left the origin: {request.url}")
            ),
        )
        page.set_default_timeout(WAIT_MS)
        return page


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A signed-in browser, and a project with one service that was changed twice."""

    me: Outpost
    browser: Browser
    context: BrowserContext
    watched: Watched
    service: str

    @property
    def origin(self) -> str:
        return self.me.stack.gateway_url

    def page(self, path: str, context: BrowserContext | None = None) -> Page:
        page = self.watched.watch((context or self.context).new_page(), self.origin)
        page.goto(self.origin + path)
        return page


def put(me: Outpost, method: str, path: str, body: Any, reason: str = "") -> Any:
    headers = {"X-Reason": reason} if reason else {}
    url = f"{me.stack.gateway_url}/v1/projects/{me.namespace}/services{path}"
    answer = call(url, method=method, token=me.token, body=body, headers=headers)
    assert answer.status in (200, 201), answer
    return answer.body


def described(name: str, description: str, topic: str) -> dict[str, Any]:
    return {
        "name": name,
        "description": description,
        "consumes": [{"name": topic}],
        "produces": [{"name": "payments.settled"}],
    }


@pytest.fixture(scope="module")
def seen(stack: Stack, request: pytest.FixtureRequest) -> Iterator[Seen]:
    me = tenant(stack, request.module.PEOPLE)
    put(me, "POST", "", described("Vision", "as it was", "orders.placed"), "first")
    put(me, "POST", "", described(HOSTILE, HOSTILE, HOSTILE), HOSTILE.replace('"', ""))
    put(me, "PUT", "/vision", described("Vision", "black friday", "orders.placed"), "more load")
    put(me, "PUT", "/vision", described("Vision", "as it is", "orders.changed"), "cost cap")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        watched = Watched()
        page = watched.watch(context.new_page(), stack.gateway_url)
        page.goto(f"{stack.gateway_url}/console/p/{me.namespace}")
        # The token's field has the focus: paste, Enter.
        page.keyboard.insert_text(me.token)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/console/p/{me.namespace}")
        link = page.get_by_role("link", name="Vision", exact=True).get_attribute("href")
        assert link is not None
        page.close()
        yield Seen(me=me, browser=browser, context=context, watched=watched, service=link)
        browser.close()


def field_row(page: Page, name: str) -> Any:
    return page.locator("tr", has=page.get_by_role("rowheader", name=name, exact=True))
