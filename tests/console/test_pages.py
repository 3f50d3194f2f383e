"""Every page: complete without script, at any moment, and deaf to what tenants wrote."""

import re
from html.parser import HTMLParser

import httpx
import pytest

from services.gateway.console.page import POLICY
from services.gateway.moments import Moment
from shared.domain.rejections import Invalid, NotFound
from shared.queries import audit, console, identity, integrity, scaling, services
from tests.console.conftest import SAME_ORIGIN
from tests.console.scene import HOSTILE, LIFE, PATH, RAN
from tests.surfaces.stubs import SERVICE_ID, TOKEN, Gateway

PAGES = (
    "/console/projects",
    "/console/services",
    "/console/p/acme",
    "/console/p/acme?view=graph",
    "/console/p/acme?view=changes",
    PATH,
    f"{PATH}/history",
    f"{PATH}/diff",
    f"{PATH}/diff?form=patch",
    f"{PATH}/logs",
    f"{PATH}/traffic",
    f"{PATH}/change",
    f"{PATH}/scaling",
    f"{PATH}/restore",
    f"{PATH}/restore?to=3",
    "/console/events",
    "/console/why/6",
    "/console/keys",
    "/console/grants",
    "/console/erasure",
    f"/console/erasure?owner={SERVICE_ID}",
    f"{PATH}/domain",
    "/console/p/acme/jobs",
    f"/console/p/acme/jobs/{RAN.id}",
    "/console/p/acme/limits",
    "/console/integrity",
    "/console/webhooks",
    f"/console/webhooks/{'af' * 12}",
    "/console/help",
)
VOID = {"meta", "link", "input", "br", "img", "line", "rect", "path"}


class Strict(HTMLParser):
    """Collects what could run, and whether every element that was opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.dangers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "img" or (tag == "script" and not (given.get("src") or "").startswith("/")):
            self.dangers.append(tag)
        for name, value in given.items():
            is_link = name in ("href", "src", "action")
            if name.startswith("on") or name == "style":
                self.dangers.append(name)
            if is_link and not (value or "").startswith(("/", "#")):
                self.dangers.append(f"{name}={value}")

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another"


def checked(response: httpx.Response) -> str:
    parser = Strict()
    parser.feed(response.text)
    parser.close()
    assert parser.dangers == []
    assert parser.open == []
    return response.text


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("moment", ["", "as_of=39"])
async def test_a_page_shows_foreign_text_and_never_runs_it(
    visitor: httpx.AsyncClient, page: str, moment: str
) -> None:
    join = "&" if "?" in page else "?"
    response = await visitor.get(f"{page}{join}{moment}" if moment else page)
    assert response.status_code == 200
    text = checked(response)
    assert HOSTILE not in text
    assert "\x1b" not in text
    assert "\x9b" not in text
    assert "\u202e" not in text
    assert "49" not in re.findall(r"\{\{7\*7\}\}|>49<", text)
    if page not in ("/console/help", "/console/erasure"):
        assert "&lt;script&gt;" in text
    assert response.headers["content-security-policy"] == POLICY
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert ("▒ THEN" in text) is bool(moment)


@pytest.mark.parametrize("page", PAGES)
async def test_who_is_not_signed_in_is_sent_to_sign_in_and_back(
    gateway: Gateway, page: str
) -> None:
    response = await gateway.client.get(page)
    assert response.status_code == 303
    assert response.headers["location"].startswith("/console/sign-in?next=%2Fconsole%2F")
    assert gateway.dispatch.asked == []


async def test_a_bearer_token_opens_no_page(gateway: Gateway) -> None:
    assert (await gateway.ask("GET", "/console/projects")).status_code == 303


async def test_signing_in_leads_back_with_a_cookie_that_no_script_reads(gateway: Gateway) -> None:
    response = await gateway.client.post(
        "/console/sign-in", data={"token": TOKEN, "next": PATH}, headers=SAME_ORIGIN
    )
    assert (response.status_code, response.headers["location"]) == (303, PATH)
    cookie = response.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=Lax", "Path=/"))
    assert TOKEN not in cookie


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.test/",
        "//evil.test/console/",
        "/\\evil.test",
        "/console/\\evil",
        "/ops/v1/whoami",
        "javascript:alert(1)",
        "/console/a\r\nx: y",
    ],
)
async def test_signing_in_leads_nowhere_but_into_the_console(gateway: Gateway, wanted: str) -> None:
    response = await gateway.client.post(
        "/console/sign-in", data={"token": TOKEN, "next": wanted}, headers=SAME_ORIGIN
    )
    assert response.headers["location"] == "/console/projects"


async def test_a_wrong_token_says_so_and_shows_nothing_of_it(gateway: Gateway) -> None:
    response = await gateway.client.post(
        "/console/sign-in", data={"token": "wrong-token"}, headers=SAME_ORIGIN
    )
    assert response.status_code == 401
    assert "opens nothing" in checked(response)
    assert "wrong-token" not in response.text
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.test"}]
)
async def test_no_other_site_signs_anybody_in(gateway: Gateway, headers: dict[str, str]) -> None:
    response = await gateway.client.post("/console/sign-in", data={"token": TOKEN}, headers=headers)
    assert response.status_code == 403
    assert gateway.dispatch.sent == []


async def test_signing_out_needs_the_token_of_this_sessions_forms(
    gateway: Gateway, visitor: httpx.AsyncClient
) -> None:
    page = (await visitor.get("/console/help")).text
    match = re.search(r'name="form_token" value="([0-9a-f]{64})"', page)
    assert match is not None
    sent = len(gateway.dispatch.sent)
    for fields in ({}, {"form_token": "0" * 64}):
        response = await visitor.post("/console/sign-out", data=fields, headers=SAME_ORIGIN)
        assert response.status_code in (400, 403)
    response = await visitor.post(
        "/console/sign-out", data={"form_token": match.group(1)}, headers={}
    )
    assert response.status_code == 403
    assert len(gateway.dispatch.sent) == sent
    response = await visitor.post(
        "/console/sign-out", data={"form_token": match.group(1)}, headers=SAME_ORIGIN
    )
    assert (response.status_code, response.headers["location"]) == (303, "/console/sign-in")
    assert "Max-Age=0" in response.headers["set-cookie"]
    assert len(gateway.dispatch.sent) == sent + 1


async def test_everything_on_a_past_page_is_asked_at_one_position(
    gateway: Gateway, visitor: httpx.AsyncClient
) -> None:
    await visitor.get(f"{PATH}?as_of=2026-03-18T11:59:00Z")
    asked = [
        each for each in gateway.dispatch.asked if type(each.question) is not console.GetMoment
    ]
    moments = {type(each.question): each.moment for each in asked if each.moment != Moment()}
    assert {audit.GetBlame, services.GetServiceById, services.ListReplicas} <= moments.keys()
    assert set(moments.values()) == {Moment(position=40)}


# What a page of the past may ask of today, and why.
TODAY = {
    identity.GetProject,  # a handle is for ever; who may see it is decided today
    identity.GetPrincipal,  # who is meant is the same, whatever he was called
    services.GetServiceById,  # to say what differs today, and what things are called
    audit.GetBlame,  # the same
    audit.GetTimeline,  # the bar shows what came after the moment too
    audit.ListHistory,
    audit.FollowLog,
    audit.GetDiff,  # carries its own two moments
    audit.PlanRestore,
    audit.GetWhy,  # an event's causes are the same at every moment
    audit.FindOwner,  # what is erased is so at every moment
    integrity.GetIntegrity,  # evidence is about the log, which holds all moments
}
FORMS_OF_TODAY = {scaling.GetScaling, services.ListDeployments}  # barred, but there to be read


@pytest.mark.parametrize("page", PAGES)
async def test_nothing_on_a_page_of_the_past_is_of_another_moment(
    gateway: Gateway, visitor: httpx.AsyncClient, page: str
) -> None:
    gateway.dispatch.asked.clear()
    await visitor.get(f"{page}{'&' if '?' in page else '?'}as_of=39")
    first, *asked = gateway.dispatch.asked
    assert (type(first.question), first.moment) == (console.GetMoment, Moment(position=39))
    allowed = TODAY | (FORMS_OF_TODAY if "/change" in page else set())
    for each in asked:
        if each.moment == Moment():
            assert type(each.question) in allowed
        else:
            assert each.moment == Moment(position=40)


async def test_what_differs_today_is_marked_and_a_secret_is_one_field(
    gateway: Gateway, visitor: httpx.AsyncClient
) -> None:
    today = [line for line in audit_lines(gateway) if line.path != "/workload/port"]
    answers = iter([gateway.dispatch.answers[audit.GetBlame]])

    def blame(_question: audit.GetBlame) -> audit.BlameDocument:
        return next(answers, audit.BlameDocument(kind="service", id=SERVICE_ID, lines=tuple(today)))

    gateway.dispatch.answers[audit.GetBlame] = blame
    text = (await visitor.get(f"{PATH}?as_of=39")).text
    assert text.count("≠") == 1
    assert "env.KEY" in text
    assert "set (secret)" in text
    assert "cd" * 32 not in text


def audit_lines(gateway: Gateway) -> tuple[audit.BlameLine, ...]:
    document: audit.BlameDocument = gateway.dispatch.answers[audit.GetBlame]
    return document.lines


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ("as_of=whenever", "as_of", "Type a time"),
        ("tz=Nowhere/Here", "tz", "no such time zone"),
    ],
)
async def test_a_wrong_parameter_gets_a_sentence_beside_a_whole_page(
    visitor: httpx.AsyncClient, query: str, field: str, said: str
) -> None:
    response = await visitor.get(f"{PATH}?{query}")
    assert response.status_code == 200
    text = checked(response)
    assert f"<strong>{field}</strong>" in text
    assert said in text
    assert "▒ THEN" not in text


async def test_a_moment_in_words_becomes_a_time_that_means_the_same_tomorrow(
    visitor: httpx.AsyncClient,
) -> None:
    response = await visitor.get(f"{PATH}?as_of=-2h&tz=UTC")
    assert response.status_code == 303
    assert response.headers["location"] == (f"{PATH}?as_of=2026-03-18T10%3A00%3A00.000005Z&tz=UTC")


async def test_a_moment_that_is_refused_is_said_on_a_page_of_now(
    gateway: Gateway, visitor: httpx.AsyncClient
) -> None:
    answers = iter([Invalid(field="as_of", message="must not be in the future")])
    now = gateway.dispatch.answers[console.GetMoment]
    gateway.dispatch.answers[console.GetMoment] = lambda _: next(answers, now)
    text = (await visitor.get("/console/projects?as_of=2099-01-01T00:00:00Z")).text
    assert "The moment must not be in the future." in text
    assert "▒ THEN" not in text


async def test_a_service_that_is_gone_still_shows_its_time(
    gateway: Gateway, visitor: httpx.AsyncClient
) -> None:
    gateway.dispatch.answers[services.GetServiceById] = NotFound(kind="service", key="x")
    text = checked(await visitor.get(PATH))
    assert "is removed" in text
    assert f"as_of={LIFE[-1].position - 1}" in text


@pytest.mark.parametrize(
    "path",
    [
        "/console/p/beta",
        f"/console/p/beta/s/my-app~{SERVICE_ID}",
        f"/console/p/acme/s/my-app~{'ef' * 12}",
        "/console/p/acme/s/my-app",
        "/console/why/none",
    ],
)
async def test_what_is_foreign_and_what_is_absent_look_alike(
    visitor: httpx.AsyncClient, path: str
) -> None:
    response = await visitor.get(path)
    assert response.status_code == 404
    assert "There is no" in checked(response)


async def test_paths_nobody_made_are_pages_too(visitor: httpx.AsyncClient) -> None:
    response = await visitor.get("/console/nothing")
    assert response.status_code == 404
    assert "no such page" in checked(response)
    assert (await visitor.delete("/console/projects", headers=SAME_ORIGIN)).status_code == 405


async def test_assets_are_kept_by_their_digest_and_carry_their_licence(
    visitor: httpx.AsyncClient,
) -> None:
    page = (await visitor.get("/console/help")).text
    urls = sorted(set(re.findall(r"/console/assets/[0-9a-f]{12}/[\w.-]+", page)))
    assert {url.rpartition("/")[2] for url in urls} >= {
        "console.css",
        "console.js",
        "htmx-4.0.1.min.js",
        "live.js",
        "theme.js",
    }
    for url in urls:
        response = await visitor.get(url)
        assert response.status_code == 200
        assert "immutable" in response.headers["cache-control"]
    assert (await visitor.get("/console/assets/0/htmx-LICENSE.txt")).text.startswith("Zero-Clause")
    assert (await visitor.get("/console/assets/0/..%2Fpage.py")).status_code == 404
    assert (await visitor.get("/console/assets/0/nothing.js")).status_code == 404
