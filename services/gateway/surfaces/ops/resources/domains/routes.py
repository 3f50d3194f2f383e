"""A service's custom domains: whether they are proven and routed, and by which records."""

from typing import Any

from litestar import Request
from litestar.params import FromPath

from services.gateway.answer import Answer, answered
from services.gateway.call import call_of
from services.gateway.operation import operation
from services.gateway.surfaces.ops.resources.domains import translate, wire
from services.gateway.surfaces.ops.statuses import READ
from shared.queries.services import GetServiceById, ServiceDocument

AnyRequest = Request[Any, Any, Any]


async def list_domains(service: FromPath[str], request: AnyRequest) -> Answer[wire.DomainList]:
    call = call_of(request)
    _ = call.signed_in
    document = await call.ask(GetServiceById(service_id=service), ServiceDocument)
    settings = call.parts.settings
    domains = translate.from_service(
        document, suffix=settings.service_suffix, is_checked=settings.domain_check == "on"
    )
    return answered(wire.DomainList(data=domains))


HANDLERS = operation(
    "GET",
    "/ops/v1/services/{service:str}/domains",
    list_domains,
    summary="A service's custom domains, and the DNS records that prove them",
    tag="domains",
    refusals=READ,
)
