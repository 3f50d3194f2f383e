"""The console in real Chromium, over the whole stack: what people do, by key mostly."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.browsing import HOSTILE, Seen, described, field_row, needs_chromium, put
from tests.support.outpost import call, wait_for
from tests.support.stack import Stack

PEOPLE = "console-people"
pytestmark = needs_chromium


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
    tabs = ("history", "diff", "logs", "traffic", "scaling", "domain", "change")
    of_service = [f"{seen.service}/{tab}" for tab in tabs]
    parts = ("?view=graph", "?view=changes", "/jobs", "/limits")
    of_project = [project, *(f"{project}{part}" for part in parts)]
    names = ("projects", "services", "events", "keys", "grants", "webhooks", "integrity", "help")
    erasure = f"/console/erasure?owner={seen.service.rpartition('~')[2]}"
    of_all = [erasure, *(f"/console/{name}" for name in names)]
    for path in (seen.service, *of_service, *of_project, *of_all):
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


def test_a_grant_is_given_and_taken_by_keys_alone(seen: Seen) -> None:
    page = seen.page("/console/grants")
    page.get_by_label("Who", exact=True).focus()
    page.keyboard.type(PEOPLE)
    page.keyboard.press("Tab")
    expect(page.get_by_label("May", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type(f"project:{PEOPLE}")
    page.keyboard.press("Tab")
    page.keyboard.type("on call")
    page.keyboard.press("Enter")
    row = page.locator("tbody tr")
    expect(row).to_contain_text("service.read")
    expect(row).to_contain_text(f"project {PEOPLE}")
    row.get_by_text("Take…").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("No grants")
    page.close()


def test_a_webhook_is_changed_without_script_on_a_phone(seen: Seen) -> None:
    context = seen.browser.new_context(
        java_script_enabled=False,
        viewport={"width": 360, "height": 740},
        storage_state=seen.context.storage_state(),
    )
    page = seen.page("/console/webhooks", context)
    page.get_by_label("URL").fill("https://hooks.example.com/in")
    page.get_by_role("button", name="Add the webhook").click()
    expect(page.locator("main")).to_contain_text("It is shown here once")
    page.get_by_role("link", name="https://hooks.example.com/in").click()
    page.get_by_label("Types").fill("service.*")
    page.get_by_label("on: events are delivered").uncheck()
    page.get_by_role("button", name="Change the webhook").click()
    expect(page.locator(".title")).to_contain_text("off")
    expect(page.locator(".title")).to_contain_text("service.*")
    page.get_by_text("Remove it…").click()
    page.get_by_role("button", name="Remove the webhook").click()
    expect(page.locator("main")).to_contain_text("No webhooks")
    context.close()


def test_secrets_are_erased_by_who_types_whose_they_are(seen: Seen) -> None:
    page = seen.page(f"/console/erasure?owner={PEOPLE}")
    expect(page.locator("main")).to_contain_text("Still readable")
    # A person's own: the name that the account was made with.
    page.get_by_label(f"Type {PEOPLE}").fill("somebody else")
    page.get_by_label("Reason").fill("asked for")
    page.get_by_role("button", name="for ever").click()
    expect(page.get_by_role("alert")).to_contain_text("nothing was erased")
    page.close()


def test_all_that_time_nothing_ran_that_is_not_ours(seen: Seen) -> None:
    """The last of this module: what the tests above have collected."""
    assert seen.watched.faults == []
