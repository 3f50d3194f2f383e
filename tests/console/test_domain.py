"""A custom domain by form: what proves it is shown, its certificate's end too, its key never."""

from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import pytest

from shared.domain.custom_domain.commands import RemoveCertificate, SetCertificate
from shared.domain.rejections import Taken
from shared.domain.service.commands import ReviseWorkload
from shared.kernel.secrets import PlainText
from shared.queries import certificates, services
from shared.queries.watches import DomainDocument
from tests.console.forms import sent_form
from tests.console.scene import CERTIFICATE, PATH
from tests.support.certificates import certificate
from tests.surfaces.stubs import MOMENT, PROJECT_ID, SERVICE, SERVICE_ID, Gateway

PAGE = f"{PATH}/domain"
MINE = replace(
    SERVICE,
    domain=DomainDocument(domain="shop.example", state="pending", reason="", since=None),
    may=("service.write",),
)


@pytest.fixture
def owned(gateway: Gateway) -> Gateway:
    gateway.dispatch.answers[services.GetServiceById] = MINE
    return gateway


def sent(gateway: Gateway) -> list[Any]:
    wanted = ReviseWorkload | SetCertificate | RemoveCertificate
    return [each for each in gateway.dispatch.sent if isinstance(each.command, wanted)]


async def test_the_records_that_prove_it_are_shown(
    visitor: httpx.AsyncClient, owned: Gateway
) -> None:
    page = (await visitor.get(PAGE)).text
    assert "○</span> unchecked" in page
    assert "requests for it come here at once" in page
    assert ">_chronoplane.shop.example</td>" in page
    assert "chronoplane-domain=" in page
    assert ">my-app.acme." in page


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=60), "60 days left"),
        (timedelta(days=1, hours=2), "!</span> 1 day left"),
        (timedelta(hours=-1), "✕</span> ended"),
    ],
)
async def test_a_certificate_says_when_it_ends(
    visitor: httpx.AsyncClient, owned: Gateway, left: timedelta, words: str
) -> None:
    place: certificates.DomainPlace = owned.dispatch.answers[certificates.FindDomain]
    ending = replace(CERTIFICATE, not_after=MOMENT + left)
    owned.dispatch.answers[certificates.FindDomain] = replace(place, certificate=ending)
    assert words in (await visitor.get(PAGE)).text


async def test_a_domain_is_claimed_and_given_up(visitor: httpx.AsyncClient, owned: Gateway) -> None:
    answer = await sent_form(visitor, PAGE, PAGE, domain=" new.example ", reason="launch")
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    answer = await sent_form(visitor, PAGE, f"{PAGE}/release", reason="over")
    assert answer.status_code == 303
    claimed, released = sent(owned)
    assert (claimed.command.custom_domain, claimed.sender.reason) == ("new.example", "launch")
    assert (released.command.custom_domain, released.sender.reason) == (None, "over")


async def test_a_domain_of_others_is_refused_with_what_was_typed(
    visitor: httpx.AsyncClient, owned: Gateway
) -> None:
    owned.dispatch.rejections[ReviseWorkload] = [Taken(space="domain", key="new.example")]
    answer = await sent_form(visitor, PAGE, PAGE, domain="new.example")
    assert answer.status_code == 409
    assert "new.example is taken" in answer.text
    assert 'value="new.example"' in answer.text


async def test_a_certificate_is_set_and_its_key_comes_back_on_no_page(
    visitor: httpx.AsyncClient, owned: Gateway
) -> None:
    pair = certificate("shop.example")
    given = {"certificate": pair.chain.replace("\n", "\r\n"), "key": pair.key}
    answer = await sent_form(visitor, PAGE, f"{PAGE}/certificate", **given, reason="first")
    assert answer.status_code == 303, answer.text
    (made,) = sent(owned)
    assert made.command.chain == pair.chain
    assert made.command.key == PlainText(text=pair.key)
    owned.dispatch.rejection = Taken(space="domain", key="shop.example")
    answer = await sent_form(visitor, PAGE, f"{PAGE}/certificate", **given)
    assert answer.status_code == 409
    text = unescape(answer.text)
    assert pair.key.split("\n")[1] not in text
    assert pair.chain.split("\n")[1] in text


async def test_a_certificate_that_has_ended_is_not_set(
    visitor: httpx.AsyncClient, owned: Gateway
) -> None:
    # It is made by the clock of the wall, and asked for by one that is far behind.
    ended = certificate("shop.example", days=-10_000.0)
    given = {"certificate": ended.chain, "key": ended.key}
    answer = await sent_form(visitor, PAGE, f"{PAGE}/certificate", **given)
    assert answer.status_code == 409
    assert "<strong>certificate</strong> It ended" in answer.text
    assert sent(owned) == []


async def test_a_certificate_is_removed(visitor: httpx.AsyncClient, owned: Gateway) -> None:
    answer = await sent_form(visitor, PAGE, f"{PAGE}/certificate/remove", reason="leaked")
    assert answer.status_code == 303
    (made,) = sent(owned)
    assert made.command == RemoveCertificate(
        service_id=SERVICE_ID, project_id=PROJECT_ID, domain="shop.example"
    )


async def test_who_may_not_write_reads_what_it_takes(
    visitor: httpx.AsyncClient, owned: Gateway
) -> None:
    owned.dispatch.answers[services.GetServiceById] = replace(MINE, may=("service.read",))
    page = (await visitor.get(PAGE)).text
    assert "This needs service.write in acme" in page
    assert page.count('<fieldset class="form" disabled>') == page.count('<fieldset class="form"')
