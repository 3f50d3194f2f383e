"""Custom domains against a DNS server of the test's own: what proves one, what takes it away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from services.prober.dns_lookup import DnsLookup, DnsServersInvalid
from services.prober.domains import CustomDomain, DomainProver, LookupFailed
from services.prober.judge import Verdict
from services.prober.probe import ProbeImpossible
from shared.domain.custom_domain.proof import expected_records
from tests.support.dns import Zone

PROJECT, SERVICE = "0b" * 12, "0c" * 12
DOMAIN, HOST = "shop.example", "web.acme.apps.example"
EXPECTED = expected_records(DOMAIN, PROJECT, HOST)


@asynccontextmanager
async def dns_server(zone: Zone) -> AsyncIterator[DnsLookup]:
    class Answering(asyncio.DatagramProtocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: Any) -> None:
            self.transport.sendto(zone.answer(data), addr)

    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Answering, local_addr=("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    yield DnsLookup((f"127.0.0.1:{port}",))
    transport.close()


def target(*, is_verified: bool = False) -> CustomDomain:
    return CustomDomain(
        service_id=SERVICE,
        project_id=PROJECT,
        domain=DOMAIN,
        expected=EXPECTED,
        is_verified=is_verified,
    )


async def proven(zone: Zone) -> tuple[bool, str, str | None]:
    """Healthy, the reason, and the method that would be reported."""
    async with dns_server(zone) as lookup:
        prover = DomainProver(lookup)
        answer = await prover.probe(target(), 5.0)
    verdict = Verdict(ready=answer.is_healthy, reason=answer.reason)
    return answer.is_healthy, answer.reason, prover.command_of(target(), verdict, 0.0).method


async def test_the_txt_record_proves_it_among_others_and_in_pieces() -> None:
    half = len(EXPECTED.txt_value) // 2
    pieces = f'"{EXPECTED.txt_value[:half]}" "{EXPECTED.txt_value[half:]}"'
    zone = Zone(records={(EXPECTED.txt_name, "TXT"): ['"v=other"', pieces]})
    assert await proven(zone) == (True, "", "txt")


async def test_a_cname_to_the_services_host_proves_it_in_any_case_and_through_others() -> None:
    zone = Zone(records={(DOMAIN, "CNAME"): ["Web.ACME.apps.example."]})
    assert await proven(zone) == (True, "", "cname")
    chain = {(DOMAIN, "CNAME"): ["cdn.example."], ("cdn.example", "CNAME"): [f"{HOST}."]}
    assert await proven(Zone(records=chain)) == (True, "", "cname")


async def test_what_is_there_instead_is_the_reason() -> None:
    healthy, reason, method = await proven(Zone())
    assert (healthy, method) == (False, None)
    assert reason == f"it has no CNAME, and {EXPECTED.txt_name} has no text"
    elsewhere = {
        (DOMAIN, "CNAME"): ["thief.beta.apps.example."],
        (EXPECTED.txt_name, "TXT"): ['"chronoplane-domain=00"'],
    }
    _, reason, _ = await proven(Zone(records=elsewhere))
    assert "CNAME of thief.beta.apps.example" in reason
    assert "another text" in reason


async def test_another_projects_text_and_a_longer_host_prove_nothing() -> None:
    theirs = expected_records(DOMAIN, "ff" * 12, HOST)
    zone = Zone(records={(EXPECTED.txt_name, "TXT"): [f'"{theirs.txt_value}"']})
    assert (await proven(zone))[0] is False
    assert (await proven(Zone(records={(DOMAIN, "CNAME"): [f"{HOST}.evil.example."]})))[0] is False


async def test_an_endless_chain_ends() -> None:
    zone = Zone(records={(DOMAIN, "CNAME"): [f"{DOMAIN}."]})
    assert (await proven(zone))[0] is False
    assert len(zone.asked) < 10


async def test_a_name_server_that_is_down_proves_nothing_and_takes_nothing_away() -> None:
    async with dns_server(Zone(rcode=2)) as lookup:
        with pytest.raises(LookupFailed):
            await lookup.txt(EXPECTED.txt_name)
        prover = DomainProver(lookup)
        answer = await prover.probe(target(), 5.0)
        assert (answer.is_healthy, answer.is_told) == (False, False)
        with pytest.raises(ProbeImpossible):
            await prover.probe(target(is_verified=True), 5.0)


def test_a_server_that_is_no_address_is_refused_with_a_sentence() -> None:
    with pytest.raises(DnsServersInvalid, match="no address"):
        DnsLookup(("dns.example",))
