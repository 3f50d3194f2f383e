"""What the prober saw beside replicas as it is read: watched URLs, custom domains, its lists."""

from dataclasses import replace
from typing import Any

from shared.domain.custom_domain.certificate import read_chain
from shared.domain.custom_domain.events import (
    CertificateRemoved,
    CertificateSet,
    DomainCheckFailed,
    DomainVerified,
)
from shared.domain.rejections import Forbidden, NotFound
from shared.domain.service.events import RegistrationRevised, ServiceRevised, WorkloadRevised
from shared.domain.watch.events import WatchBecameHealthy, WatchBecameUnhealthy
from shared.kernel.actor import process_actor
from shared.kernel.secrets import SecretRef
from shared.queries.certificates import FindDomain, ListCertificateHeads, OpenCertificate
from shared.queries.registrations import GetRegistration
from shared.queries.services import GetServiceById
from shared.queries.watches import (
    DomainTarget,
    ListDomainTargets,
    ListWatchTargets,
    WatchTarget,
)
from shared.runtime.sealed_box import Reader
from tests.support.certificates import certificate
from tests.views.test_registrations import mlflow, registration
from tests.views.world import WORKLOAD, Person, World

URL = "https://models.example/health"
WATCHED = (("team", "nlp"), ("chronoplane.watch", "true"))


async def asked_for(world: World, person: Person, name: str = "fraud", **facet: Any) -> str:
    id_ = await registration(world, person, name, mlflow(**{"health_check_url": URL, **facet}))
    await labelled(world, id_, WATCHED)
    return id_


async def labelled(world: World, id_: str, labels: tuple[tuple[str, str], ...]) -> None:
    await world.happened(
        ServiceRevised(
            service_id=id_,
            name="fraud",
            slug=id_,
            description="",
            labels=labels,
            changed=("labels",),
        )
    )


def healthy(id_: str, person: Person, url: str = URL) -> WatchBecameHealthy:
    return WatchBecameHealthy(service_id=id_, project_id=person.home, url=url)


def unhealthy(id_: str, person: Person, reason: str) -> WatchBecameUnhealthy:
    return WatchBecameUnhealthy(service_id=id_, project_id=person.home, url=URL, reason=reason)


async def listed(world: World, question: Any) -> Any:
    return await world.told(question, "prober")


async def test_what_was_seen_is_shown_with_its_reason_now_and_then(world: World) -> None:
    ada = await world.person("ada")
    id_ = await asked_for(world, ada)
    await world.project()
    assert (await world.shown(GetRegistration(service_id=id_), ada)).seen is None
    first = await world.happened(healthy(id_, ada))
    await world.happened(unhealthy(id_, ada, "answered 503"))
    assert await world.project() == []
    seen = (await world.shown(GetRegistration(service_id=id_), ada)).seen
    assert (seen.status, seen.reason, seen.message) == ("failed", "watch_failed", "answered 503")
    assert not seen.is_ours
    watch = (await world.shown(GetServiceById(service_id=id_), ada)).watch
    assert (watch.url, watch.is_healthy, watch.reason) == (URL, False, "answered 503")
    past = (await world.shown(GetRegistration(service_id=id_), ada, as_of=first)).seen
    assert (past.status, past.reason) == ("running", "")


async def test_the_list_names_who_asks_with_the_last_word_about_that_url(world: World) -> None:
    ada = await world.person("ada")
    id_ = await asked_for(world, ada)
    other = await asked_for(world, ada, "churn", health_check_url=None, prediction_url="http://p/")
    await registration(world, ada, "silent", mlflow(health_check_url=URL))
    await asked_for(world, ada, "nowhere", health_check_url=None)
    await world.happened(healthy(id_, ada))
    await world.project()
    found = await listed(world, ListWatchTargets())
    assert found.items == (
        WatchTarget(
            service_id=id_, project_id=ada.home, url=URL, is_health_url=True, is_healthy=True
        ),
        WatchTarget(
            service_id=other,
            project_id=ada.home,
            url="http://p/",
            is_health_url=False,
            is_healthy=None,
        ),
    )
    page = await listed(world, ListWatchTargets(limit=1))
    assert (page.items, page.last_id) == (found.items[:1], id_)
    rest = await listed(world, ListWatchTargets(limit=10, after_id=id_))
    assert (rest.items, rest.last_id) == (found.items[1:], None)


async def test_who_asks_no_more_or_moved_is_shown_as_reported(world: World) -> None:
    ada = await world.person("ada")
    id_ = await asked_for(world, ada)
    await world.happened(healthy(id_, ada))
    facet = mlflow(health_check_url="https://elsewhere.example/")
    await world.happened(
        RegistrationRevised(service_id=id_, registration=facet, changed=("health_check_url",))
    )
    await world.project()
    assert (await world.shown(GetRegistration(service_id=id_), ada)).seen is None
    (moved,) = (await listed(world, ListWatchTargets(service_id=id_))).items
    assert (moved.url, moved.is_healthy) == ("https://elsewhere.example/", None)
    await labelled(world, id_, (("chronoplane.watch", "false"),))
    await world.project()
    assert (await listed(world, ListWatchTargets(service_id=id_))).items == ()


async def test_a_label_that_only_spells_the_question_asks_for_nothing(world: World) -> None:
    ada = await world.person("ada")
    id_ = await asked_for(world, ada)
    await labelled(world, id_, (("note", '["chronoplane.watch","true"]'),))
    await world.project()
    assert (await listed(world, ListWatchTargets())).items == ()


async def test_a_domain_is_pending_until_the_dns_has_spoken_about_it(world: World) -> None:
    ada = await world.person("ada")
    id_, _ = await world.service(ada.home, "api")

    async def revise(domain: str | None) -> None:
        workload = replace(WORKLOAD, custom_domain=domain)
        await world.happened(
            WorkloadRevised(
                service_id=id_, revision=2, workload=workload, changed=("custom_domain",)
            )
        )
        await world.project()

    async def state() -> Any:
        return (await world.shown(GetServiceById(service_id=id_), ada)).domain

    await world.project()
    assert await state() is None
    await revise("shop.example")
    assert ((await state()).state, (await state()).since) == ("pending", None)
    (target,) = (await listed(world, ListDomainTargets())).items
    assert target == DomainTarget(
        service_id=id_,
        project_id=ada.home,
        domain="shop.example",
        service_host="api.ada",
        is_verified=None,
    )
    place = {"service_id": id_, "project_id": ada.home, "domain": "shop.example"}
    await world.happened(DomainCheckFailed(**place, reason="no record"))
    await world.project()
    assert ((await state()).state, (await state()).reason) == ("failed", "no record")
    await world.happened(DomainVerified(**place, method="txt"))
    assert await world.project() == []
    assert (await state()).state == "verified"
    assert (await listed(world, ListDomainTargets())).items[0].is_verified is True
    await revise("other.example")
    assert (await state()).state == "pending"
    assert (await listed(world, ListDomainTargets())).items[0].is_verified is None
    await revise(None)
    assert (await listed(world, ListDomainTargets())).items == ()


async def test_a_certificate_is_shown_without_its_key_and_the_edge_alone_gets_that_sealed(
    world: World,
) -> None:
    ada, bob = await world.person("ada"), await world.person("bob")
    id_, _ = await world.service(ada.home, "api", replace(WORKLOAD, custom_domain="shop.example"))
    made = certificate("shop.example")
    account = (await world.store.read(f"service-{id_}")).account_id
    assert account is not None
    ref, secret = await world.vault.seal(account, id_, "certificate_key", made.key)
    read = read_chain(made.chain)
    place = {"service_id": id_, "project_id": ada.home, "domain": "shop.example"}
    event = CertificateSet(
        **place,
        chain=read.chain,
        key=ref,
        names=read.names,
        not_before=read.not_before,
        not_after=read.not_after,
        issuer=read.issuer,
        fingerprint=read.fingerprint,
    )
    await world.happened(event, account=account, secrets=(secret,))
    assert await world.project() == []
    found = await world.shown(FindDomain(domain="shop.example"), ada)
    assert (found.service_id, found.certificate.names) == (id_, ("shop.example",))
    assert made.key not in repr(found)
    assert await world.refused(FindDomain(domain="shop.example"), bob) == NotFound(
        kind="domain", key="shop.example"
    )
    heads = await world.told(ListCertificateHeads(), "edge")
    assert [(head.service_id, head.domain) for head in heads.items] == [(id_, "shop.example")]
    reader = Reader()
    question = OpenCertificate(service_id=id_, public_key=reader.public_key)
    opened = await world.told(question, "edge")
    assert made.key not in repr(opened)
    assert reader.open(opened.sealed_key, "shop.example") == made.key
    assert isinstance(await world.refused(question, ada), Forbidden)
    prober = process_actor("prober")
    assert isinstance(await world.refused(question, prober, publisher="prober"), Forbidden)
    await world.happened(CertificateRemoved(**place))
    await world.project()
    assert (await world.shown(FindDomain(domain="shop.example"), ada)).certificate is None
    assert (await world.told(ListCertificateHeads(), "edge")).items == ()


async def test_a_certificate_of_a_domain_that_was_given_up_goes_to_no_edge(world: World) -> None:
    ada = await world.person("ada")
    id_, _ = await world.service(ada.home, "api", replace(WORKLOAD, custom_domain="shop.example"))
    read = read_chain(certificate("shop.example").chain)
    await world.happened(
        CertificateSet(
            service_id=id_,
            project_id=ada.home,
            domain="shop.example",
            chain=read.chain,
            key=SecretRef(secret_id="0d" * 12, mac="ab" * 32),
            names=read.names,
            not_before=read.not_before,
            not_after=read.not_after,
            issuer=read.issuer,
            fingerprint=read.fingerprint,
        ),
        WorkloadRevised(
            service_id=id_,
            revision=2,
            workload=replace(WORKLOAD, custom_domain="other.example"),
            changed=("custom_domain",),
        ),
    )
    await world.project()
    assert (await world.told(ListCertificateHeads(), "edge")).items == ()
    question = OpenCertificate(service_id=id_, public_key=Reader().public_key)
    edge = process_actor("edge")
    assert isinstance(await world.refused(question, edge, publisher="edge"), NotFound)
    assert (await world.shown(FindDomain(domain="other.example"), ada)).certificate is None
