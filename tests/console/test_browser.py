"""The console in real Chromium, over the whole stack: what people do with it, by keyboard mostly.

Skipped where there is no Chromium (`apt-get install chromium`)."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.support.outpost import Outpost, call, tenant, wait_for
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

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")


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
                if said.type in ("error", "warning") and "404" not in said.text
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
def seen(stack: Stack) -> Iterator[Seen]:
    me = tenant(stack, "console-people")
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


def test_one_step_of_the_slider_moves_the_whole_page_and_back_undoes_it(seen: Seen) -> None:
    page = seen.page(seen.service)
    expect(field_row(page, "description")).to_contain_text("as it is")
    page.focus("#slider")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile(r"as_of=\d+"))
    row = field_row(page, "description")
    expect(row).to_contain_text("black friday")
    expect(row).to_contain_text("≠ as it is")
    expect(row).to_contain_text("more load")
    expect(page.locator(".banner")).to_contain_text("THEN")
    expect(page).to_have_title(re.compile(r"^\[.+\] Vision"))
    # Two presses are one step for who types fast and two for a busy machine.
    while "as_of" in page.url:
        page.go_back()
    expect(page.locator(".banner")).to_have_count(0)
    expect(field_row(page, "description")).to_contain_text("as it is")
    page.close()


def test_the_keys_lead_everywhere(seen: Seen) -> None:
    page = seen.page(seen.service)
    page.keyboard.press("[")
    expect(page.locator(".banner")).to_be_visible()
    page.keyboard.press("n")
    expect(page.locator(".banner")).to_have_count(0)
    page.keyboard.press("h")
    page.wait_for_url("**/history*")
    page.keyboard.press("j")
    expect(page.locator(".selected")).to_have_count(1)
    page.keyboard.press("t")
    page.keyboard.type("-1d")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"as_of=2\d{3}-"))
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.wait_for_url("**/console/projects*")
    page.keyboard.press("n")
    expect(page.locator(".banner")).to_have_count(0)
    page.keyboard.press("/")
    page.keyboard.type("vis")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Vision", exact=True)).to_be_visible()
    page.close()


def test_a_diff_says_what_changed_who_did_it_and_why(seen: Seen) -> None:
    page = seen.page(f"{seen.service}/diff")
    row = field_row(page, "description")
    expect(row).to_contain_text("− black friday")
    expect(row).to_contain_text("+ as it is")
    expect(row).to_contain_text("console-people")
    expect(row).to_contain_text("cost cap")
    page.get_by_role("link", name="JSON Patch").click()
    expect(page.locator("pre")).to_contain_text('"path": "/description"')
    page.close()


def test_why_leads_to_the_person_and_the_reason(seen: Seen) -> None:
    page = seen.page(seen.service)
    field_row(page, "description").get_by_role("link", name="why").click()
    page.wait_for_url("**/console/why/*")
    expect(page.locator("main")).to_contain_text("cost cap")
    expect(page.locator("main")).to_contain_text("console-people")
    page.close()


def test_the_graph_joins_services_by_topics_then_and_now(seen: Seen) -> None:
    page = seen.page(f"/console/p/{seen.me.namespace}?view=graph")
    expect(page.locator(".node.topic", has_text="orders.changed")).to_be_visible()
    expect(page.locator(".node", has_text="Vision")).to_be_visible()
    page.keyboard.press("[")
    expect(page.locator(".banner")).to_be_visible()
    expect(page.locator(".node.topic", has_text="orders.placed")).to_be_visible()
    expect(page.locator(".node.topic", has_text="orders.changed")).to_have_count(0)
    page.close()


def test_what_happens_is_seen_as_it_happens(seen: Seen) -> None:
    events = seen.page("/console/events")
    expect(events.locator("[data-live]")).to_contain_text("Live")
    put(seen.me, "POST", "", described("Latecomer", "new", "late.topic"))
    expect(events.locator("#stream")).to_contain_text("The service Latecomer was registered.")
    page = seen.page(f"/console/p/{seen.me.namespace}")
    expect(page.locator("[data-live]")).to_contain_text("Live")
    put(seen.me, "POST", "", described("Afterthought", "new", "late.topic"))
    expect(page.get_by_role("link", name="Afterthought", exact=True)).to_be_visible()
    events.close()
    page.close()


def test_without_script_one_reads_searches_and_moves_in_time(seen: Seen) -> None:
    state = seen.context.storage_state()
    context = seen.browser.new_context(java_script_enabled=False, storage_state=state)
    page = seen.page(seen.service, context)
    expect(field_row(page, "description")).to_contain_text("as it is")
    page.fill("#as_of", "1")
    page.get_by_role("button", name="Go").click()
    expect(page.locator("main")).to_contain_text("did not exist yet")
    page.fill("#search", "vision")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("no services")
    context.close()


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_no_page_is_wider_than_the_window(seen: Seen, theme: Any, width: int) -> None:
    context = seen.browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=theme,
        storage_state=seen.context.storage_state(),
    )
    page = seen.page("/console/projects", context)
    ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert ground == ("rgb(255, 255, 255)" if theme == "light" else "rgb(15, 19, 24)")
    project = f"/console/p/{seen.me.namespace}"
    of_service = [f"{seen.service}/{tab}" for tab in ("history", "scaling", "change")]
    of_project = [project, *(f"{project}{part}" for part in ("?view=graph", "/jobs"))]
    for path in (seen.service, *of_service, *of_project):
        for moment in ("", "as_of=-1s"):
            page.goto(f"{seen.origin}{path}{'&' if '?' in path else '?'}{moment}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    context.close()


def test_hostile_names_stay_text_on_every_page(seen: Seen) -> None:
    page = seen.page(f"/console/p/{seen.me.namespace}")
    link = page.get_by_role("link", name=HOSTILE, exact=True).get_attribute("href")
    assert link is not None
    project = f"/console/p/{seen.me.namespace}"
    for path in (
        link,
        f"{link}/history",
        f"{link}/diff?as_of=1",
        f"{project}?view=graph",
        f"{project}?view=changes",
        "/console/events",
    ):
        page.goto(seen.origin + path)
        assert page.locator("img").count() == 0
        expect(page.locator("main")).to_contain_text("<img src=x")
    page.close()


def test_a_session_is_over_when_one_signs_out(seen: Seen, stack: Stack) -> None:
    context = seen.browser.new_context()
    page = seen.page("/console/projects", context)
    page.fill("#token", seen.me.token)
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/projects")
    cookies = {each["name"]: each for each in context.cookies()}
    session = cookies["__session"]
    assert session["httpOnly"]
    assert session["sameSite"] == "Lax"
    page.locator(".me summary", has_text="console-people").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/console/sign-in")
    header = {"Cookie": f"__session={session['value']}"}
    url = f"{stack.gateway_url}/ops/v1/whoami"
    wait_for(
        lambda: call(url, headers=header).status == 401 or None, 5, lambda: "the cookie to be dead"
    )
    context.close()


def test_a_restore_is_read_before_it_is_done_also_without_script(seen: Seen) -> None:
    context = seen.browser.new_context(
        java_script_enabled=False, storage_state=seen.context.storage_state()
    )
    page = seen.page(seen.service, context)
    path = seen.service
    page.goto(seen.origin + path + "/history")
    born = page.locator("a.pos").last.inner_text().replace(",", "")
    page.goto(f"{seen.origin}{path}?as_of={born}")
    page.get_by_role("link", name="Restore to this moment…").click()
    expect(page.get_by_role("heading", name="Plan: back to position")).to_be_visible()
    expect(page.locator("tbody")).to_contain_text("as it was")
    page.get_by_label("Reason").fill("it was better then")
    page.get_by_role("button", name="Apply the plan").click()
    expect(page.locator("section.fields")).to_contain_text("as it was")
    page.goto(seen.origin + path + "/history")
    expect(page.locator("ol.events")).to_contain_text("it was better then")
    page.close()
    context.close()


def test_all_that_time_nothing_ran_that_is_not_ours(seen: Seen) -> None:
    """The last of this module: what the tests above have collected."""
    assert seen.watched.faults == []
