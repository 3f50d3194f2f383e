"""Custom domains: whether they are proven and routed, by which records, with which certificate."""

from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.params import FromPath

from services.gateway.answer import Answer, answered, nothing
from services.gateway.call import Call, call_of
from services.gateway.operation import operation
from services.gateway.parameters import read_body, read_json
from services.gateway.refusals import BadFields, CommandRejected, Refused
from services.gateway.surfaces.ops.find import settle
from services.gateway.surfaces.ops.resources.domains import translate, wire
from services.gateway.surfaces.ops.statuses import READ, WRITE
from shared.domain.custom_domain.certificate import CertificateInvalid, read_chain
from shared.domain.custom_domain.commands import RemoveCertificate
from shared.domain.rejections import NotFound
from shared.kernel.names import host_of
from shared.kernel.time import format_rfc3339
from shared.queries.certificates import DomainPlace, FindDomain
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


async def get_certificate(domain: FromPath[str], request: AnyRequest) -> Answer[wire.Certificate]:
    call = call_of(request)
    _ = call.signed_in
    place = await call.ask(FindDomain(domain=_host(domain)), DomainPlace)
    return answered(_shown(call, place))


async def put_certificate(domain: FromPath[str], request: AnyRequest) -> Answer[wire.Certificate]:
    call = call_of(request)
    _ = call.signed_in
    call.fingerprinted = read_json(call.body)
    body = read_body(call.fingerprinted, wire.PutCertificate)
    question = FindDomain(domain=_host(domain))
    place = await call.find(question, DomainPlace)
    _check_time(call, body.certificate)
    accepted = await call.command(translate.to_set(body, place))
    return answered(_shown(call, await call.ask(question, DomainPlace, after=accepted.position)))


async def delete_certificate(domain: FromPath[str], request: AnyRequest) -> Response[None]:
    call = call_of(request)
    _ = call.signed_in
    question = FindDomain(domain=_host(domain))
    place = await call.find(question, DomainPlace)
    accepted = await call.command(
        RemoveCertificate(
            service_id=place.service_id, project_id=place.project_id, domain=place.domain
        )
    )
    await settle(call, question, DomainPlace, after=accepted.position)
    return nothing()


def _host(domain: str) -> str:
    """In its normal form; what is no host name is nobody's."""
    host = host_of(domain)
    if host is None:
        raise CommandRejected(NotFound(kind="domain", key=domain[:255]))
    return host


def _shown(call: Call, place: DomainPlace) -> wire.Certificate:
    if place.certificate is None:
        raise CommandRejected(NotFound(kind="certificate", key=place.domain))
    now = call.parts.clock.now()
    return translate.from_certificate(place.domain, place.certificate, now=now)


def _check_time(call: Call, chain: str) -> None:
    """The one rule of certificates that needs a clock, which a decision has not."""
    try:
        read = read_chain(chain)
    except CertificateInvalid:
        return  # The command process says so, in words.
    if read.not_after <= call.parts.clock.now():
        message = f"has ended at {format_rfc3339(read.not_after)}"
        raise Refused(BadFields(problems=(("certificate", message),)))


_TAG = "domains"
_CERTIFICATE = "/ops/v1/domains/{domain:str}/certificate"

HANDLERS = (
    *operation(
        "GET",
        "/ops/v1/services/{service:str}/domains",
        list_domains,
        summary="A service's custom domains, and the DNS records that prove them",
        tag=_TAG,
        refusals=READ,
    ),
    *operation(
        "GET",
        _CERTIFICATE,
        get_certificate,
        summary="The certificate that a custom domain is served with",
        tag=_TAG,
        refusals=READ,
    ),
    *operation(
        "PUT",
        _CERTIFICATE,
        put_certificate,
        summary="Serve a custom domain by TLS with this certificate and key",
        tag=_TAG,
        body=wire.PutCertificate,
        refusals=WRITE,
    ),
    *operation(
        "DELETE",
        _CERTIFICATE,
        delete_certificate,
        summary="Serve a custom domain by TLS no more",
        tag=_TAG,
        status=HTTPStatus.NO_CONTENT,
        refusals=WRITE,
    ),
)
