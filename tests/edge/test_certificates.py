"""Certificates on a real HAProxy, without a reload: served by name, renewed, narrowed, dropped."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.edge.certificates import DomainCertificates, FileCertificates, Keeper, Pem
from shared.bus.broker import Unanswered
from shared.domain.rejections import NotFound
from shared.envelope.messages import Answered, Rejected
from shared.queries.certificates import (
    CertificateHead,
    CertificateHeads,
    ListCertificateHeads,
    OpenCertificate,
    SealedCertificate,
)
from shared.runtime.sealed_box import seal
from tests.edge.harness import (
    HOST,
    LAYOUT,
    Edge,
    HaproxyProcess,
    Replica,
    free_port,
    running,
    table,
)
from tests.support.certificates import Made, certificate

SHOP = "shop.example"


class Query:
    """Answers as the query process does; `certificates` by service."""

    def __init__(self) -> None:
        self.certificates: dict[str, tuple[str, int, Made]] = {}
        self.opened: list[str] = []
        self.is_away = False

    async def ask(self, question: object) -> Answered | Rejected:
        if self.is_away:
            raise Unanswered("nobody listens")
        match question:
            case ListCertificateHeads():
                heads = [
                    CertificateHead(service_id=id_, domain=domain, version=version)
                    for id_, (domain, version, _) in self.certificates.items()
                ]
                return Answered(document=CertificateHeads(items=tuple(heads)), position=1)
            case OpenCertificate():
                self.opened.append(question.service_id)
                found = self.certificates.get(question.service_id)
                if found is None:
                    return Rejected(rejection=NotFound(kind="certificate", key="x"))
                domain, version, made = found
                document = SealedCertificate(
                    service_id=question.service_id,
                    domain=domain,
                    version=version,
                    chain=made.chain,
                    sealed_key=seal(made.key, question.public_key, domain),
                )
                return Answered(document=document, position=1)
            case _:
                raise AssertionError(question)


@pytest.fixture
async def haproxy(folder: Path) -> AsyncIterator[HaproxyProcess]:
    layout = replace(LAYOUT, tls_port=free_port(), redirects_http=True)
    async with running(HaproxyProcess(folder, layout)) as started:
        yield started


async def shown(haproxy: HaproxyProcess, host: str, made: Made) -> bool:
    """Whether a client that trusts `made` alone, and checks the name, gets a connection."""
    try:
        _, writer = await asyncio.open_connection(
            "127.0.0.1", haproxy.layout.tls_port, ssl=made.trusting(), server_hostname=host
        )
    except ssl.SSLError:
        return False
    writer.close()
    return True


def keeper_of(haproxy: HaproxyProcess, query: Query, *more: FileCertificates) -> Keeper:
    return Keeper(haproxy.runtime, (DomainCertificates(query.ask), *more))


async def test_a_domain_is_served_with_its_certificate_and_an_unknown_name_with_none(
    haproxy: HaproxyProcess,
) -> None:
    query, made = Query(), certificate(SHOP)
    keeper = keeper_of(haproxy, query)
    await keeper.look()
    assert not await shown(haproxy, SHOP, made)
    query.certificates["a" * 24] = (SHOP, 7, made)
    await keeper.look()
    assert await shown(haproxy, SHOP, made)
    assert not await shown(haproxy, "other.example", made)
    await keeper.look()
    assert query.opened == ["a" * 24]  # Nothing changed, so no key was asked for again.


async def test_a_renewed_one_is_served_at_once_and_a_removed_one_no_more(
    haproxy: HaproxyProcess,
) -> None:
    query, old, new = Query(), certificate(SHOP), certificate(SHOP)
    keeper = keeper_of(haproxy, query)
    query.certificates["a" * 24] = (SHOP, 7, old)
    await keeper.look()
    query.certificates["a" * 24] = (SHOP, 8, new)
    await keeper.look()
    assert await shown(haproxy, SHOP, new)
    assert not await shown(haproxy, SHOP, old)
    del query.certificates["a" * 24]
    await keeper.look()
    assert not await shown(haproxy, SHOP, new)


async def test_other_names_in_a_tenants_certificate_capture_nobody(
    haproxy: HaproxyProcess,
) -> None:
    thief, owner = certificate("thief.example", SHOP, "*.example"), certificate(SHOP)
    query = Query()
    query.certificates = {"a" * 24: ("thief.example", 1, thief)}
    keeper = keeper_of(haproxy, query)
    await keeper.look()
    assert await shown(haproxy, "thief.example", thief)
    assert not await shown(haproxy, SHOP, thief)
    query.certificates["b" * 24] = (SHOP, 2, owner)
    await keeper.look()
    assert await shown(haproxy, SHOP, owner)


async def test_what_haproxy_has_stays_while_query_is_away_also_for_a_new_edge_process(
    haproxy: HaproxyProcess,
) -> None:
    query, made = Query(), certificate(SHOP)
    query.certificates["a" * 24] = (SHOP, 7, made)
    await keeper_of(haproxy, query).look()
    query.is_away = True
    await keeper_of(haproxy, query).look()
    assert await shown(haproxy, SHOP, made)


async def test_a_restarted_haproxy_gets_them_all_again(folder: Path) -> None:
    query, made = Query(), certificate(SHOP)
    query.certificates["a" * 24] = (SHOP, 7, made)
    started = HaproxyProcess(folder, replace(LAYOUT, tls_port=free_port()))
    keeper = keeper_of(started, query)
    async with running(started):
        await keeper.look()
        await started.kill()
        await started.start()
        assert not await shown(started, SHOP, made)
        await keeper.look()
        assert await shown(started, SHOP, made)


async def test_the_operators_files_serve_all_their_names_and_a_broken_one_changes_nothing(
    haproxy: HaproxyProcess, tmp_path: Path
) -> None:
    made = certificate("api.acme.localhost", "web.acme.localhost")
    file = tmp_path / "suffix.pem"
    file.write_text(made.key + made.chain)
    keeper = keeper_of(haproxy, Query(), FileCertificates(tmp_path))
    await keeper.look()
    assert await shown(haproxy, "api.acme.localhost", made)
    assert await shown(haproxy, "web.acme.localhost", made)
    file.write_text("half written")
    await keeper.look()
    assert await shown(haproxy, "web.acme.localhost", made)
    file.unlink()
    await keeper.look()
    assert not await shown(haproxy, "web.acme.localhost", made)


async def test_a_key_of_another_certificate_is_refused_before_haproxy_sees_it(
    tmp_path: Path,
) -> None:
    one, other = certificate(SHOP), certificate(SHOP)
    (tmp_path / "mixed.pem").write_text(one.chain + other.key)
    assert await FileCertificates(tmp_path).read() == {}


def test_a_certificates_key_does_not_print() -> None:
    made = certificate(SHOP)
    assert made.key.splitlines()[1] not in repr(Pem(text=made.chain + made.key, version="1"))


async def test_without_tls_a_request_is_sent_there_but_for_what_proves_a_name(
    haproxy: HaproxyProcess,
) -> None:
    edge, replica = Edge(haproxy).start(), await Replica("r1").start()
    await edge.route(table(replica.backend()))
    answer = await haproxy.get("/a%20b?q=1")
    assert answer.status == 308
    assert answer.headers["location"] == f"https://{HOST}:{haproxy.layout.tls_port}/a%20b?q=1"
    challenge = await haproxy.get("/.well-known/acme-challenge/token")
    assert (challenge.status, challenge.body) == (200, b"r1")
    assert (await haproxy.get("/", host="nobody.example")).status == 404
    await edge.kill()
    replica.stop()


async def test_a_request_by_tls_reaches_the_replica_and_says_so_there(
    haproxy: HaproxyProcess,
) -> None:
    edge, replica = Edge(haproxy).start(), await Replica("r1").start()
    made, query = certificate(HOST), Query()
    query.certificates["a" * 24] = (HOST, 1, made)
    await edge.route(table(replica.backend()))
    await keeper_of(haproxy, query).look()
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", haproxy.layout.tls_port, ssl=made.trusting(), server_hostname=HOST
    )
    writer.write(f"GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
    assert (await reader.read()).endswith(b"r1")
    writer.close()
    assert b"x-forwarded-proto: https" in replica.heads[-1].lower()
    await edge.kill()
    replica.stop()
