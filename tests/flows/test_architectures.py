"""MicroVisualizer whole: an architecture is drawn, read at every moment, shared, signed in to."""

import json
import urllib.error
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.outpost import Answer, Outpost, admin, call, tenant
from tests.support.stack import Stack

PASSWORD = "correct horse battery staple"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    stack: Stack
    token: str
    project: str

    def v1(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        url = f"{self.stack.gateway_url}/v1/{path}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return call(url, method=method, token=self.token, body=body, headers=named)

    def at(self, path: str, moment: str | None = None) -> Answer:
        separator = "&" if "?" in path else "?"
        query = "" if moment is None else f"{separator}at={quote(moment)}"
        return self.v1("GET", f"projects/{self.project}{path}{query}")

    def write(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        return self.v1(method, f"projects/{self.project}{path}", body, **headers)


@pytest.fixture(scope="module")
def artist(stack: Stack) -> Outpost:
    return tenant(stack, "artist")


@pytest.fixture
def drawing(artist: Outpost) -> Drawing:
    """A fresh project of the artist's."""
    made = Drawing(stack=artist.stack, token=artist.token, project="")
    answer = made.v1("POST", "projects", {"name": "Web Shop", "description": "All of it"})
    assert answer.status == 200, answer
    return Drawing(stack=artist.stack, token=artist.token, project=answer.body["id"])


def later(moment: str, microseconds: int) -> str:
    shifted = datetime.fromisoformat(moment) + timedelta(microseconds=microseconds)
    return shifted.isoformat().replace("+00:00", "Z")


def slugs(answer: Answer) -> list[str]:
    assert answer.status == 200, answer
    return [service["slug"] for service in answer.body]


def test_every_moment_of_a_service_is_half_open(drawing: Drawing) -> None:
    born = drawing.write("POST", "/services", {"name": "Pay", "owner": "A"}).body
    revised = drawing.write("PUT", "/services/pay", {"owner": "B"}).body
    renamed = drawing.write("PUT", "/services/pay", {"name": "Cash"}).body
    assert renamed["slug"] == "cash"
    assert drawing.write("DELETE", "/services/cash").status == 204
    gone = drawing.at("/history").body["events"][0]["timestamp"]
    again = drawing.write("POST", "/services", {"name": "Pay"}).body
    created, second, third = born["createdAt"], revised["updatedAt"], renamed["updatedAt"]

    def read(slug: str, moment: str) -> tuple[Any, ...] | int:
        answer = drawing.at(f"/services/{slug}", moment)
        if answer.status != 200:
            assert answer.body["code"] == "service_not_found"
            return answer.status
        body = answer.body
        return body.get("owner"), body["validFrom"], body.get("validUntil")

    matrix = [
        ("pay", later(created, -1), 404),
        ("pay", created, ("A", created, second)),
        ("pay", later(second, -1), ("A", created, second)),
        ("pay", second, ("B", second, third)),
        ("pay", later(third, -1), ("B", second, third)),
        ("pay", third, 404),
        ("cash", later(third, -1), 404),
        ("cash", third, ("B", third, gone)),
        ("cash", later(gone, -1), ("B", third, gone)),
        ("cash", gone, 404),
        ("pay", later(again["createdAt"], -1), 404),
        ("pay", again["createdAt"], (None, again["createdAt"], None)),
        ("pay", "2999-01-01T00:00:00Z", (None, again["createdAt"], None)),
    ]
    for slug, moment, expected in matrix:
        assert read(slug, moment) == expected, (slug, moment)
    assert slugs(drawing.at("/services", later(created, -1))) == []
    assert slugs(drawing.at("/services", gone)) == []
    assert slugs(drawing.at("/services", third)) == ["cash"]
    assert slugs(drawing.at("/services")) == ["pay"]
    for path in ("/graph", "/entities"):
        assert "cash" in json.dumps(drawing.at(path, third).body)
        assert "cash" not in json.dumps(drawing.at(path, gone).body)
    assert drawing.at("/services/pay", "yesterday").status == 400


def test_slugs_conflict_and_are_free_again(drawing: Drawing) -> None:
    assert drawing.write("POST", "/services", {"name": "A b"}).status == 200
    for name in ("a-b", "A  B", "A_b"):
        answer = drawing.write("POST", "/services", {"name": name})
        assert (answer.status, answer.body["code"]) == (409, "service_name_conflict")
    assert drawing.write("POST", "/services", {"name": "!!!"}).status == 400
    assert drawing.write("POST", "/services", {"name": "c"}).status == 200
    taken = drawing.write("PUT", "/services/c", {"name": "a b"})
    assert (taken.status, taken.body["code"]) == (409, "service_name_conflict")
    same = drawing.write("PUT", "/services/a-b", {"name": "A B", "category": "x"})
    assert (same.body["slug"], same.body["name"]) == ("a-b", "A B")
    unchanged = drawing.write("PUT", "/services/a-b", {"category": "x"})
    assert unchanged.body["updatedAt"] == same.body["updatedAt"]
    with ThreadPoolExecutor(4) as pool:
        parallel = [pool.submit(drawing.write, "DELETE", "/services/a-b").result for _ in range(4)]
        statuses = sorted(result().status for result in parallel)
    assert statuses == [204, 404, 404, 404]
    assert drawing.write("POST", "/services", {"name": "a-b"}).status == 200


def test_history_tells_each_change_and_what_it_made(drawing: Drawing) -> None:
    drawing.write("POST", "/services", {"name": "Pay", "produces": [{"name": "paid"}]})
    body = {"name": "Cash", "produces": []}
    drawing.write("PUT", "/services/pay", body, X_Reason="nobody%20listens")
    drawing.write("DELETE", "/services/cash")
    history = drawing.at("/history").body
    assert history["totalCount"] == 3
    deleted, updated, created = history["events"]
    assert [e["changeType"] for e in history["events"]] == ["DELETE", "UPDATE", "CREATE"]
    assert (updated["actorName"], updated["actorType"]) == ("test", "API_KEY")

    def diff(event: dict[str, Any]) -> tuple[Any, Any]:
        assert str(uuid.UUID(event["snapshotId"])) == event["snapshotId"]
        answer = drawing.at(f"/history/{event['snapshotId']}/diff").body
        return tuple(
            side and (side["name"], [t["name"] for t in side["produces"]])
            for side in (answer["before"], answer["after"])
        )  # type: ignore[return-value]  # a pair

    assert diff(created) == (None, ("Pay", ["paid"]))
    assert diff(updated) == (("Pay", ["paid"]), ("Cash", []))
    assert diff(deleted) == (("Cash", []), None)
    assert drawing.at("/history?page=1&size=2").body["events"] == [created]


def test_a_service_of_another_surface_is_drawn_and_can_take_part(artist: Outpost) -> None:
    assert artist.create(name="web", image="nginx:1.27").status == 201
    home = Drawing(stack=artist.stack, token=artist.token, project="artist")
    shown = home.at("/services/web").body
    assert (shown["name"], shown["consumes"]) == ("web", [])
    body = {"consumes": [{"name": "paid"}], "category": "Front"}
    assert home.write("PUT", "/services/web", body).body["category"] == "Front"
    assert "messaging--paid" in json.dumps(home.at("/graph").body)
    assert artist.get("web").body["name"] == "web"
    moved = home.write("PUT", "/services/web", {"name": "other"})
    assert (moved.status, moved.body["code"]) == (409, "service_name_conflict")
    taken = home.write("POST", "/services", {"name": "Web"})
    assert (taken.status, taken.body["code"]) == (409, "service_name_conflict")
    assert home.write("DELETE", "/services/web").status == 204
    assert artist.get("web").status == 404


def test_projects_are_pinned_archived_duplicated_and_deleted(drawing: Drawing) -> None:
    for name in ("Pay", "Web"):
        drawing.write("POST", "/services", {"name": name, "owner": "A"})
    assert drawing.at("").body["serviceCount"] == 2
    pinned = drawing.v1("POST", "pinned", {"projectId": drawing.project}).body
    again = drawing.v1("POST", "pinned", {"projectId": drawing.project}).body
    assert again == pinned
    assert drawing.v1("GET", "pinned").body[0] == pinned
    assert drawing.at("").body["pinned"] is True
    assert drawing.write("PUT", "", {"archived": True}).body["archived"] is True
    listed = drawing.v1("GET", "projects?archived=true&pinned=true&query=SHOP").body
    assert [project["id"] for project in listed["data"]] == [drawing.project]
    for method, path, body in (
        ("PUT", "/services/web", {"owner": "B"}),
        ("POST", "/services", {"name": "Cart", "owner": "A"}),
        ("DELETE", "/services/web", None),
        ("PUT", "", {"name": "Other"}),
    ):
        closed = drawing.write(method, path, body)
        assert (closed.status, closed.body["code"]) == (409, "conflict"), (method, path, closed)
    assert drawing.write("PUT", "", {"archived": True}).body["archived"] is True
    assert drawing.write("PUT", "", {"archived": False}).body["archived"] is False
    assert drawing.write("PUT", "/services/web", {"owner": "B"}).status == 200
    copies = [
        drawing.write("POST", "/duplicate", {"name": "Copy"}, Idempotency_Key="copy-1").body
        for _ in range(2)
    ]
    assert copies[0]["id"] == copies[1]["id"] != drawing.project
    assert (copies[0]["name"], copies[0]["serviceCount"]) == ("Copy", 2)
    copied = drawing.v1("GET", f"projects/{copies[0]['id']}/services").body
    assert [(s["slug"], s["owner"]) for s in copied] == [("pay", "A"), ("web", "B")]
    assert drawing.v1("DELETE", f"pinned/{drawing.project}").status == 204
    gone = drawing.v1("DELETE", f"pinned/{drawing.project}")
    assert (gone.status, gone.body["code"]) == (404, "not_found")
    moment = drawing.at("").body["updatedAt"]
    assert drawing.write("DELETE", "").status == 204
    for path in ("", "/services", "/graph", "/history"):
        answer = drawing.at(path, moment)
        assert (answer.status, answer.body["code"]) == (404, "project_not_found")
    assert drawing.v1("DELETE", "projects/artist").status == 403  # A home.


def test_a_project_is_shared_by_one_token_at_a_time(drawing: Drawing) -> None:
    drawing.write("POST", "/services", {"name": "<Pay>", "produces": [{"name": "paid"}]})
    assert drawing.at("/public-share-token").body["code"] == "public_share_token_not_found"
    first = drawing.write("POST", "/public-share-token").body
    assert drawing.at("/public-share-token").body == first

    def public(token: str, kind: str = "") -> Answer:
        return call(f"{drawing.stack.gateway_url}/v1/public/{token}/graph{kind}")

    graph = public(first["token"])
    assert graph.status == 200
    assert {node["id"] for node in graph.body["nodes"]} == {"service--pay", "messaging--paid"}
    assert "&lt;Pay&gt;" in public(first["token"], "/svg").body
    second = drawing.write("POST", "/public-share-token").body
    assert public(first["token"]).status == 404
    assert public(second["token"]).status == 200
    assert drawing.write("DELETE", "/public-share-token").status == 204
    assert public(second["token"]).status == 404
    assert drawing.write("DELETE", "/public-share-token").status == 404
    log = drawing.stack.log_file("gateway").read_text()
    assert second["token"] not in log


def test_another_tenant_sees_nothing_and_a_viewer_changes_nothing(drawing: Drawing) -> None:
    stranger = tenant(drawing.stack, f"stranger-{drawing.project[-5:]}")
    other = Drawing(stack=drawing.stack, token=stranger.token, project=drawing.project)
    drawing.write("POST", "/services", {"name": "Pay"})
    unknown = Drawing(stack=drawing.stack, token=stranger.token, project="nobody-a1b2c")
    for method, path in (
        ("GET", ""), ("GET", "/services"), ("GET", "/services/pay"), ("GET", "/graph"),
        ("GET", "/history"), ("GET", "/public-share-token"), ("POST", "/services"),
        ("DELETE", "/services/pay"), ("PUT", ""), ("DELETE", ""), ("POST", "/duplicate"),
    ):  # fmt: skip
        foreign, absent = (d.write(method, path, None) for d in (other, unknown))
        assert foreign.status == 404
        assert foreign.body == absent.body, (method, path)
    artist = Outpost(stack=drawing.stack, token=drawing.token, namespace="artist")
    stranger_id = stranger.ops("GET", "whoami").body["principal_id"]
    path = f"projects/{drawing.project}/collaborators/{stranger_id}"
    assert artist.ops("PUT", path, {"role": "viewer"}).status == 200
    assert other.at("").body["isOwner"] is False
    assert slugs(other.at("/services")) == ["pay"]
    for method, path in (("PUT", ""), ("DELETE", ""), ("DELETE", "/services/pay")):
        assert other.write(method, path, {}).status == 403


def test_a_person_signs_in_with_a_password_and_changes_things_as_a_member(stack: Stack) -> None:
    root = admin(stack)
    body = {"handle": "mia", "name": "Mia", "email": "mia@a.example", "password": PASSWORD}
    assert root.ops("POST", "users", body).status == 201
    sign_in = f"{stack.gateway_url}/ops/v1/sessions"
    wrong = call(sign_in, method="POST", body={"handle": "mia", "password": "wrong" * 5})
    nobody = call(sign_in, method="POST", body={"handle": "no-mia", "password": PASSWORD})
    assert (wrong.status, nobody.status) == (401, 401)
    opened = call(sign_in, method="POST", body={"handle": "mia", "password": PASSWORD})
    assert opened.status == 201, opened
    cookie = opened.headers["set-cookie"].partition(";")[0]

    def speak(method: str, path: str, body: Any = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        url = f"{stack.gateway_url}/{path}"
        return call(url, method=method, body=body, headers={"Cookie": cookie, **named})

    own = {"Sec_Fetch_Site": "same-origin"}
    made = speak("POST", "v1/projects", {"name": "Mine", "description": ""}, **own)
    assert made.status == 200, made
    assert (made.body["createdBy"], made.body["createdByType"]) == ("mia@a.example", "MEMBER")
    project = f"v1/projects/{made.body['id']}"
    assert speak("GET", project).status == 200
    assert speak("DELETE", project).status == 403
    assert speak("DELETE", project, Sec_Fetch_Site="cross-site").status == 403
    request = urllib.request.Request(
        f"{stack.gateway_url}/{project}/services",
        data=b'{"name":"x"}',
        method="POST",
        headers={"Cookie": cookie, "Sec-Fetch-Site": "same-origin", "Content-Type": "text/plain"},
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=15)
    assert refused.value.code == 403
    assert speak("GET", f"{project}/services").body == []
    assert speak("DELETE", "ops/v1/sessions/current", **own).status == 204
    assert speak("GET", project).status == 401
    log = stack.log_file("gateway").read_text() + stack.log_file("command").read_text()
    assert PASSWORD not in log
