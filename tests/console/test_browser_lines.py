"""What runs, in real Chromium: its lines come by themselves, wait for who reads and come once; its
rollouts are seen as they go."""

import pytest
from playwright.sync_api import Page, expect

from tests.console.browsing import Seen, needs_chromium
from tests.support import apps
from tests.support.git import push
from tests.support.stack import Stack

PEOPLE = "console-readers"
pytestmark = needs_chromium


@pytest.fixture(scope="module")
def path(seen: Seen, stack: Stack) -> str:
    """Of a service that writes a line for each request."""
    push(stack.repositories, "readers/echo", apps.echo())
    created = seen.me.create(name="echo", repo="readers/echo", min_replicas=1, max_replicas=2)
    assert created.status == 201, created
    seen.me.wait_status("echo", "running", 90)
    page = seen.page(f"/console/p/{PEOPLE}")
    link = page.get_by_role("link", name="echo", exact=True).get_attribute("href")
    page.close()
    assert link is not None
    return link


def followed(seen: Seen, path: str) -> Page:
    page = seen.page(f"{path}/logs")
    expect(page.locator("[data-lines-state]")).to_have_text("● Following", timeout=30_000)
    return page


def test_lines_come_while_one_looks_and_wait_while_one_reads(seen: Seen, path: str) -> None:
    page = followed(seen, path)
    lines = page.locator(".lines li")
    for number in range(60):
        seen.me.traffic("echo", f"/early{number}")
    expect(page.locator(".lines")).to_contain_text("/early59", timeout=30_000)
    page.evaluate("document.querySelector('.lines').scrollTop = 0")
    before = lines.count()
    for number in range(3):
        seen.me.traffic("echo", f"/late{number}")
    expect(page.locator("[data-lines-waiting]")).to_contain_text("3 new lines", timeout=30_000)
    assert lines.count() == before
    page.locator("[data-lines-waiting]").click()
    expect(lines.last).to_contain_text("/late2")
    assert lines.count() == before + 3
    # A page in place of another, as every event of the service brings, keeps the list as it is.
    page.get_by_role("link", name="Logs", exact=True).click()
    seen.me.traffic("echo", "/after")
    expect(lines.last).to_contain_text("/after", timeout=30_000)
    texts = lines.all_inner_texts()
    assert len(texts) == len(set(texts))
    page.close()


def test_a_filter_holds_for_what_comes(seen: Seen, path: str) -> None:
    page = followed(seen, path)
    page.get_by_label("Find", exact=True).fill("wanted")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=wanted*")
    expect(page.locator("[data-lines-none]")).to_be_visible()
    for each in ("/unwanted-not", "/other", "/wanted-too"):
        seen.me.traffic("echo", each)
    expect(page.locator(".lines li")).to_have_count(2, timeout=30_000)
    expect(page.locator("[data-lines-none]")).to_be_hidden()
    page.close()


def test_a_pause_holds_until_it_is_over(seen: Seen, path: str) -> None:
    page = followed(seen, path)
    page.keyboard.press("p")
    expect(page.locator("[data-lines-state]")).to_have_text("○ Paused")
    seen.me.traffic("echo", "/paused")
    expect(page.locator("[data-lines-waiting]")).to_contain_text("1 new line", timeout=30_000)
    page.keyboard.press("p")
    expect(page.locator(".lines li").last).to_contain_text("/paused")
    page.close()


def test_a_lost_connection_is_said_and_what_was_missed_comes_once(seen: Seen, path: str) -> None:
    stream = "**/logs/stream"
    page = seen.watched.watch(seen.context.new_page(), seen.origin)
    page.route(stream, lambda route: route.abort())
    page.goto(f"{seen.origin}{path}/logs")
    expect(page.locator("[data-lines-state]")).to_contain_text("lost", timeout=30_000)
    seen.me.traffic("echo", "/missed")
    page.unroute(stream)
    expect(page.locator(".lines li").last).to_contain_text("/missed", timeout=30_000)
    texts = page.locator(".lines li").all_inner_texts()
    assert len(texts) == len(set(texts))
    page.close()


def test_without_script_it_is_a_plain_tail(seen: Seen, path: str) -> None:
    context = seen.browser.new_context(
        java_script_enabled=False, storage_state=seen.context.storage_state()
    )
    page = seen.page(f"{path}/logs", context)
    expect(page.locator(".lines")).to_contain_text("listening on")
    expect(page.locator("[data-lines-pause]")).to_be_hidden()
    context.close()


def test_a_rollout_is_seen_from_its_begin_to_its_end(seen: Seen, path: str) -> None:
    slow = apps.echo("2")
    slow["app.py"] = "import time\ntime.sleep(4)\n" + slow["app.py"]
    page = seen.page(path)
    expect(page.locator("[data-live]")).to_contain_text("Live", timeout=30_000)
    push(seen.me.stack.repositories, "readers/echo", slow)
    assert seen.me.redeploy("echo").status == 200
    card = page.locator(".rollout-card")
    expect(card).to_contain_text("Rollout d-2", timeout=60_000)
    expect(card).to_contain_text("0 of 1 ready", timeout=60_000)
    expect(card).to_contain_text("1 still serves")
    expect(card).to_have_count(0, timeout=90_000)
    expect(page.locator(".rollout").first).to_contain_text("✓ succeeded d-2")
    expect(page.locator("main")).to_contain_text("r0 d-2")
    page.close()


def test_all_that_time_nothing_ran_that_is_not_ours(seen: Seen) -> None:
    """The last of this module; a connection that a test has cut is said by the browser too."""
    cut = "Failed to load resource"
    assert [each for each in seen.watched.faults if cut not in each] == []
