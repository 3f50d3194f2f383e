"""A custom domain: claimed here, proven by a record in the DNS, served with a certificate.

One domain a service. The key of a certificate goes into the vault and is on no page again."""

from datetime import datetime
from typing import Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from services.gateway.console.page import form, page, redirect, rendered
from services.gateway.console.pages.one_service import OneService, one_service
from services.gateway.console.pages.service import missing
from services.gateway.console.visit import Visit
from services.gateway.console.writing import CONFLICT, barred, done
from services.gateway.surfaces.ops.resources.domains.translate import from_service
from shared.domain.custom_domain.certificate import CertificateInvalid, read_chain
from shared.domain.custom_domain.commands import RemoveCertificate, SetCertificate
from shared.domain.service.commands import ReviseWorkload
from shared.kernel.secrets import PlainText
from shared.queries.certificates import CertificateDocument, DomainPlace, FindDomain
from shared.queries.services import GetServiceById, ServiceDocument

SOON_DAYS: Final = 21
WRITE: Final = "service.write"


async def domain(visit: Visit) -> Response[bytes]:
    one = await one_service(visit)
    return missing(visit) if one is None else await _domain_page(visit, one)


async def _domain_page(
    visit: Visit, one: OneService, typed_in: dict[str, str] | None = None
) -> Response[bytes]:
    settings = visit.call.parts.settings
    known = (
        from_service(
            one.then, suffix=settings.service_suffix, is_checked=settings.domain_check == "on"
        )
        if one.then is not None
        else []
    )
    certificate = await _certificate(visit, known[0].domain) if known else None
    return rendered(
        visit,
        "domain.html",
        status=200 if typed_in is None else CONFLICT,
        one=one,
        tab="domain",
        known=known[0] if known else None,
        since=one.then.domain.since if one.then is not None and one.then.domain else None,
        certificate=certificate,
        days_left=None if certificate is None else days_left(certificate, visit.at),
        soon=SOON_DAYS,
        suffix=settings.service_suffix,
        barred=barred(visit, WRITE, () if one.today is None else one.today.may, one.handle),
        typed_in=typed_in or {},
    )


def days_left(certificate: CertificateDocument, at: datetime) -> int:
    """Whole days; below nought where it has ended."""
    return (certificate.not_after - at).days


async def _certificate(visit: Visit, host: str) -> CertificateDocument | None:
    place = await visit.find(FindDomain(domain=host), DomainPlace)
    return None if place is None else place.certificate


async def claim(visit: Visit, fields: dict[str, str]) -> Response[bytes]:
    host = fields.get("domain", "").strip()
    return await _changed(visit, fields, host or None)


async def release(visit: Visit, fields: dict[str, str]) -> Response[bytes]:
    return await _changed(visit, fields, None)


async def _changed(visit: Visit, fields: dict[str, str], host: str | None) -> Response[bytes]:
    one = await one_service(visit)
    if one is None or one.today is None:
        return missing(visit)
    service = one.today

    async def act() -> None:
        command = ReviseWorkload(
            service_id=service.id,
            project_id=service.project_id,
            deployment_id=visit.call.parts.ids.new(),
            custom_domain=host,
        )
        await _written(visit, service, command)

    return await _answer(visit, one, fields, await done(visit, fields, act))


async def set_certificate(visit: Visit, fields: dict[str, str]) -> Response[bytes]:
    one = await one_service(visit)
    if one is None or one.today is None:
        return missing(visit)
    service, chain = one.today, _pem(fields.get("certificate", ""))

    async def act() -> None:
        place = await visit.ask_now(FindDomain(domain=_host(service)), DomainPlace)
        command = SetCertificate(
            service_id=place.service_id,
            project_id=place.project_id,
            domain=place.domain,
            chain=chain,
            key=PlainText(text=_pem(fields.get("key", ""))),
        )
        await _written(visit, service, command)

    # Whatever happens, the key is not sent back with what was typed.
    kept = {name: text for name, text in fields.items() if name != "key"}
    if _has_ended(visit, chain):
        return await _domain_page(visit, one, kept)
    return await _answer(visit, one, kept, await done(visit, kept, act))


async def remove_certificate(visit: Visit, fields: dict[str, str]) -> Response[bytes]:
    one = await one_service(visit)
    if one is None or one.today is None:
        return missing(visit)
    service = one.today

    async def act() -> None:
        command = RemoveCertificate(
            service_id=service.id, project_id=service.project_id, domain=_host(service)
        )
        await _written(visit, service, command)

    return await _answer(visit, one, fields, await done(visit, fields, act))


def _host(service: ServiceDocument) -> str:
    """Empty where it has none by now; then the command finds nothing, in words."""
    return "" if service.domain is None else service.domain.domain


def _pem(text: str) -> str:
    """A form sends line ends as the network does."""
    return text.replace("\r\n", "\n").strip() + "\n"


def _has_ended(visit: Visit, chain: str) -> bool:
    """The one rule of certificates that needs a clock, which a decision has not."""
    try:
        read = read_chain(chain)
    except CertificateInvalid:
        return False  # The command process says so, in words.
    if read.not_after > visit.now:
        return False
    visit.problems["certificate"] = f"It ended {visit.times.plain(read.not_after)}."
    return True


async def _written(visit: Visit, service: ServiceDocument, command: object) -> None:
    accepted = await visit.call.command(command)
    question = GetServiceById(service_id=service.id)
    await visit.call.ask(question, ServiceDocument, after=accepted.position)


async def _answer(
    visit: Visit, one: OneService, fields: dict[str, str], is_done: bool
) -> Response[bytes]:
    if is_done:
        return redirect(visit.url(f"{one.path}/domain"))
    return await _domain_page(visit, one, fields)


_ONE = "/console/p/{handle:str}/s/{service:str}/domain"

HANDLERS: tuple[HTTPRouteHandler, ...] = (
    page(_ONE, domain),
    form(_ONE, claim),
    form(f"{_ONE}/release", release),
    form(f"{_ONE}/certificate", set_certificate),
    form(f"{_ONE}/certificate/remove", remove_certificate),
)
