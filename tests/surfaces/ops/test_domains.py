"""Custom domains on the wire: what must stand in the DNS, and certificates in and out."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.custom_domain.commands import RemoveCertificate, SetCertificate
from shared.domain.rejections import Invalid, NotFound
from shared.kernel.secrets import PlainText
from shared.queries.certificates import CertificateDocument, DomainPlace, FindDomain
from shared.queries.services import GetServiceById
from shared.queries.watches import DomainDocument
from tests.support.certificates import certificate
from tests.surfaces.stubs import MOMENT, PROJECT_ID, SERVICE, SERVICE_ID, Gateway

SHOP = "shop.example"
PATH = f"/ops/v1/domains/{SHOP}/certificate"
CERTIFICATE = CertificateDocument(
    names=(SHOP,),
    not_before=MOMENT,
    not_after=MOMENT + timedelta(days=90),
    issuer="CN=Example CA",
    fingerprint="ab" * 32,
    since=MOMENT,
)
PLACE = DomainPlace(
    service_id=SERVICE_ID, project_id=PROJECT_ID, domain=SHOP, certificate=CERTIFICATE
)


async def domains(gateway: Gateway, document: DomainDocument | None) -> list[dict[str, Any]]:
    gateway.dispatch.answers[GetServiceById] = replace(SERVICE, domain=document)
    answer = await gateway.ask("GET", f"/ops/v1/services/{SERVICE_ID}/domains")
    assert answer.status_code == 200
    return list(answer.json()["data"])


async def test_where_the_dns_is_not_asked_a_domain_is_routed_unchecked(gateway: Gateway) -> None:
    assert await domains(gateway, None) == []
    pending = DomainDocument(domain=SHOP, state="pending", reason="", since=None)
    (domain,) = await domains(gateway, pending)
    assert (domain["state"], domain["is_routed"]) == ("unchecked", True)
    assert [record["type"] for record in domain["records"]] == ["CNAME", "TXT"]
    assert domain["records"][1]["name"] == f"_chronoplane.{SHOP}"


async def test_a_certificate_and_its_key_become_a_command_and_the_key_never_comes_back(
    gateway: Gateway,
) -> None:
    gateway.dispatch.answers[FindDomain] = PLACE
    made = certificate(SHOP, days=9000)
    body = {"certificate": made.chain, "key": made.key}
    answer = await gateway.ask("PUT", PATH, json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["fingerprint"] == "ab" * 32
    assert made.key.splitlines()[1] not in answer.text
    (command,) = [sent.command for sent in gateway.dispatch.sent]
    assert command == SetCertificate(
        service_id=SERVICE_ID,
        project_id=PROJECT_ID,
        domain=SHOP,
        chain=made.chain,
        key=PlainText(text=made.key),
    )
    assert made.key.splitlines()[1] not in repr(command)


async def test_one_that_has_run_out_is_refused_and_so_is_what_the_domain_refuses(
    gateway: Gateway,
) -> None:
    gateway.dispatch.answers[FindDomain] = PLACE
    old = certificate(SHOP, days=-20_000)
    refused = await gateway.ask("PUT", PATH, json={"certificate": old.chain, "key": old.key})
    assert refused.status_code == 400
    assert old.key.splitlines()[1] not in refused.text
    assert gateway.dispatch.sent == []
    gateway.dispatch.rejection = Invalid(field="key", message="is not the key of the certificate")
    wrong = await gateway.ask("PUT", PATH, json={"certificate": "no PEM", "key": "no key"})
    assert wrong.status_code == 400
    assert "is not the key" in wrong.text


@pytest.mark.parametrize("body", [{}, {"certificate": "x"}, {"certificate": "x", "key": 7}])
async def test_a_body_without_either_is_refused(gateway: Gateway, body: dict[str, Any]) -> None:
    gateway.dispatch.answers[FindDomain] = PLACE
    assert (await gateway.ask("PUT", PATH, json=body)).status_code == 400


async def test_no_certificate_no_domain_and_no_host_name_are_not_found(gateway: Gateway) -> None:
    gateway.dispatch.answers[FindDomain] = replace(PLACE, certificate=None)
    assert (await gateway.ask("GET", PATH)).status_code == 404
    gateway.dispatch.answers[FindDomain] = NotFound(kind="domain", key=SHOP)
    assert (await gateway.ask("GET", PATH)).status_code == 404
    assert (await gateway.ask("GET", "/ops/v1/domains/127.0.0.1/certificate")).status_code == 404


async def test_a_removal_is_a_command_of_its_own(gateway: Gateway) -> None:
    gateway.dispatch.answers[FindDomain] = PLACE
    assert (await gateway.ask("DELETE", PATH)).status_code == 204
    assert [sent.command for sent in gateway.dispatch.sent] == [
        RemoveCertificate(service_id=SERVICE_ID, project_id=PROJECT_ID, domain=SHOP)
    ]
