"""Simulation unit tests: create, list, search, delete. They are what keeps a version set."""

from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.params import FromPath

from services.gateway.answer import Answer, answered, nothing
from services.gateway.call import call_of
from services.gateway.operation import operation
from services.gateway.parameters import read_json
from services.gateway.surfaces.amigo.linking import create_linked
from services.gateway.surfaces.amigo.organizations import organization_in_path, settle
from services.gateway.surfaces.amigo.reading import id_in_path, read_body, read_query
from services.gateway.surfaces.amigo.resources.unit_tests import translate, wire
from shared.domain.unit_test.commands import DeleteUnitTest
from shared.queries.conversations import GetUnitTest, UnitTestDocument, UnitTestPage

AnyRequest = Request[Any, Any, Any]


async def create_simulation_unit_test(
    organization: FromPath[str], request: AnyRequest
) -> Answer[wire.CreatedUnitTest]:
    call = call_of(request)
    _ = call.signed_in
    call.fingerprinted = read_json(call.body)
    body = read_body(call.fingerprinted, wire.CreateUnitTest)
    home = await organization_in_path(call, organization)
    command = translate.to_create(
        body, unit_test_id=call.parts.ids.new(), project_id=home.project_id
    )
    accepted = await create_linked(call, command)
    question = GetUnitTest(organization=organization, unit_test_id=accepted.subject_id)
    await settle(call, question, UnitTestDocument, after=accepted.position)
    return answered(wire.CreatedUnitTest(simulation_unit_test_id=accepted.subject_id), status=201)


async def get_simulation_unit_tests(
    organization: FromPath[str], request: AnyRequest
) -> Answer[wire.UnitTestList]:
    call = call_of(request)
    _ = call.signed_in
    query = read_query(call.repeatable(), wire.ListQuery)
    question = translate.to_list(query, organization)
    page = await call.ask(question, UnitTestPage)
    return answered(translate.to_unit_test_list(page, question))


async def search_simulation_unit_tests(
    organization: FromPath[str], request: AnyRequest
) -> Response[bytes]:
    call = call_of(request)
    _ = call.signed_in
    query = read_query(call.repeatable(), wire.SearchQuery)
    page = await call.ask(translate.to_search(query, organization), UnitTestPage)
    found = translate.to_found(page, organization)
    return Response(found.model_dump_json(by_alias=True).encode(), media_type="application/json")


async def delete_simulation_unit_test(
    organization: FromPath[str], simulation_unit_test_id: FromPath[str], request: AnyRequest
) -> Response[None]:
    call = call_of(request)
    _ = call.signed_in
    unit_test_id = id_in_path("simulation_unit_test_id", simulation_unit_test_id)
    home = await organization_in_path(call, organization)
    question = GetUnitTest(organization=organization, unit_test_id=unit_test_id)
    document = await call.find(question, UnitTestDocument)
    accepted = await call.command(
        DeleteUnitTest(
            unit_test_id=unit_test_id,
            project_id=home.project_id,
            service_id=document.service_id,
        )
    )
    await settle(call, question, UnitTestDocument, after=accepted.position)
    return nothing()


_TAG = "Simulation"
_MANY = "/v1/{organization:str}/simulation/unit_test"
_READ = (401, 403, 404, 422, 429, 500, 503)
_WRITE = (400, 401, 403, 404, 409, 413, 422, 429, 500, 503)

HANDLERS = (
    *operation(
        "POST",
        _MANY,
        create_simulation_unit_test,
        summary="Create a simulation unit test",
        tag=_TAG,
        status=HTTPStatus.CREATED,
        body=wire.CreateUnitTest,
        refusals=_WRITE,
        operation_id="create-simulation-unit-test",
    ),
    *operation(
        "GET",
        _MANY,
        get_simulation_unit_tests,
        summary="Get simulation unit tests",
        tag=_TAG,
        query=wire.ListQuery,
        refusals=_READ,
        operation_id="get-simulation-unit-tests",
    ),
    *operation(
        "GET",
        f"{_MANY}/search",
        search_simulation_unit_tests,
        summary="Search simulation unit tests",
        tag=_TAG,
        query=wire.SearchQuery,
        answer=wire.UnitTestsFound,
        refusals=_READ,
        operation_id="search-simulation-unit-tests",
    ),
    *operation(
        "DELETE",
        f"{_MANY}/{{simulation_unit_test_id:str}}",
        delete_simulation_unit_test,
        summary="Delete a simulation unit test",
        tag=_TAG,
        status=HTTPStatus.NO_CONTENT,
        refusals=_WRITE,
        operation_id="delete-simulation-unit-test",
    ),
)
