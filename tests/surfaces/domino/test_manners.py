"""What every operation of this surface shares: credentials, enums, pages, bodies, failures."""

from typing import Annotated, Literal

import pytest
from pydantic import TypeAdapter, ValidationError

from services.gateway.call import Call
from services.gateway.parameters import read_query
from services.gateway.refusals import BadFields, Refused
from services.gateway.surfaces.domino.auth import identify
from services.gateway.surfaces.domino.enums import PASCAL, Cased
from services.gateway.surfaces.domino.errors import rejected
from services.gateway.surfaces.domino.surface import DOMINO
from services.gateway.surfaces.domino.wire import PageQuery, Words
from shared.domain.rejections import Conflicting, Forbidden, Invalid, KeyReused, NotFound, Taken
from shared.kernel.json import loads
from tests.surfaces.stubs import CALLER, TOKEN, Gateway

Visibility = TypeAdapter[str](Annotated[Literal["public", "private"], Cased(observed=True)])
Branch = TypeAdapter[str](Annotated[Literal["isolated", "main"], Cased()])


def call_with(gateway: Gateway, **headers: str) -> Call:
    named = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    return Call(
        parts=gateway.parts,
        surface=DOMINO,
        request_id="req_1",
        method="GET",
        path="/",
        query_string="",
        headers=named,
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"x_domino_api_key": TOKEN},
        {"authorization": f"Bearer {TOKEN}"},
        {"x_domino_api_key": TOKEN, "authorization": f"Bearer {TOKEN}"},
    ],
)
async def test_a_key_opens_in_either_header(gateway: Gateway, headers: dict[str, str]) -> None:
    assert await identify(call_with(gateway, **headers)) == CALLER


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x_domino_api_key": ""},
        {"x_domino_api_key": "nobody's"},
        {"x_domino_api_key": "k" * 5000},
        {"x_domino_api_key": TOKEN, "authorization": "Bearer nobody's"},
        {"x_domino_api_key": "nobody's", "authorization": f"Bearer {TOKEN}"},
    ],
)
async def test_two_that_are_not_one_key_open_nothing(
    gateway: Gateway, headers: dict[str, str]
) -> None:
    assert await identify(call_with(gateway, **headers)) is None


async def test_a_key_given_twice_is_refused(gateway: Gateway) -> None:
    twice = [("X-Domino-Api-Key", TOKEN), ("X-Domino-Api-Key", "another")]
    response = await gateway.client.get("/version", headers=twice)
    assert response.status_code == 400


async def test_anybody_may_ask_for_the_version(gateway: Gateway) -> None:
    response = await gateway.client.get("/version")
    assert response.status_code == 200
    major, minor, _ = map(int, response.json()["version"].split("."))
    assert (major, minor) >= (5, 11)


@pytest.mark.parametrize("path", ["/api/projects/beta/nothing", "/api/jobs", "/version/x"])
async def test_what_is_not_there_is_said_in_this_dialect(gateway: Gateway, path: str) -> None:
    response = await gateway.ask("GET", path)
    assert response.status_code == 404
    assert response.json() == {
        "requestId": response.headers["x-request-id"],
        "errors": ["There is nothing at this path."],
    }


@pytest.mark.parametrize("spelling", ["private", "Private", "PRIVATE"])
def test_an_enum_is_read_in_any_case_and_sent_in_one(spelling: str) -> None:
    read = Visibility.validate_python(spelling)
    assert read == "private"
    assert Visibility.dump_json(read) == b'"private"'
    assert Visibility.dump_json(read, context={PASCAL: True}) == b'"Private"'


def test_an_enum_with_one_spelling_keeps_it() -> None:
    assert Branch.validate_python("Main") == "main"
    assert Branch.dump_json("main", context={PASCAL: True}) == b'"main"'
    assert Branch.json_schema() == {"type": "string", "enum": ["isolated", "main"]}


@pytest.mark.parametrize("value", ["secret", "", 1, None, ["private"]])
def test_another_word_is_no_value_of_it(value: object) -> None:
    with pytest.raises(ValidationError):
        Visibility.validate_python(value)


@pytest.mark.parametrize(
    "pair",
    [("offset", "-1"), ("limit", "-1"), ("limit", "ten"), ("limit", "1001"), ("offset", "1.5")],
)
def test_a_page_that_is_none_is_refused(pair: tuple[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        read_query([pair], PageQuery)
    assert isinstance(refused.value.refusal, BadFields)


def test_a_page_begins_at_the_start_and_has_ten() -> None:
    assert read_query([], PageQuery) == PageQuery(offset=0, limit=10)


def test_a_list_is_repeated_or_has_commas() -> None:
    words = TypeAdapter[tuple[str, ...]](Words)
    assert words.validate_python(["a", "b , c", ""]) == ("a", "b", "c")


@pytest.mark.parametrize(
    ("rejection", "status"),
    [
        (NotFound(kind="hardware_tier", key="x"), 404),
        (Forbidden(action="project.edit", resource="project:x"), 403),
        (Invalid(field="name", message="must not hold white space"), 400),
        (Taken(space="project_name", key="x"), 400),
        (Conflicting(state="exists", message="A project with this id exists."), 400),
        (KeyReused(), 409),
    ],
)
def test_every_refusal_of_the_domain_has_one_shape(rejection: object, status: int) -> None:
    rendered = rejected(rejection, "req_1")  # type: ignore[arg-type]  # a table of rejections
    body = loads(rendered.body)
    assert rendered.status == status
    assert body["requestId"] == "req_1"
    assert len(body["errors"]) == 1
