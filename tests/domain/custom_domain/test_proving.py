"""Whether a custom domain is proven: which records prove it, and what is recorded."""

from typing import Any

from shared.domain.custom_domain.commands import ReportDomainCheck
from shared.domain.custom_domain.events import DomainCheckFailed, DomainVerified
from shared.domain.custom_domain.proof import expected_records
from shared.domain.rejections import NotFound
from tests.support.given import PROJECT_ID, given

SERVICE = "0c" * 12
VERIFIED = DomainVerified(
    service_id=SERVICE, project_id=PROJECT_ID, domain="shop.example", method="txt"
)
FAILED = DomainCheckFailed(
    service_id=SERVICE, project_id=PROJECT_ID, domain="shop.example", reason="no record"
)


def checked(**changes: Any) -> ReportDomainCheck:
    fields: dict[str, Any] = {
        "service_id": SERVICE,
        "project_id": PROJECT_ID,
        "domain": "shop.example",
        "method": "txt",
        **changes,
    }
    return ReportDomainCheck(**fields)


def test_only_changes_are_recorded() -> None:
    given().when(checked()).then(VERIFIED)
    given(VERIFIED).when(checked(method="cname")).then_nothing_happened()
    given(VERIFIED).when(checked(method=None, reason="no record")).then(FAILED)
    given(FAILED).when(checked(method=None, reason="other words")).then_nothing_happened()
    given(FAILED).when(checked()).then(VERIFIED)


def test_another_domain_is_checked_anew() -> None:
    answer = given(VERIFIED).when(checked(domain="other.example")).answer
    assert [event.domain for event in answer] == ["other.example"]


def test_another_project_has_no_such_service() -> None:
    given(VERIFIED).when(checked(project_id="ff" * 12)).then_rejected(NotFound, kind="service")


def test_the_text_to_write_is_bound_to_the_project_and_the_domain() -> None:
    mine = expected_records("shop.example", PROJECT_ID, "web.acme.apps.example")
    assert (mine.cname_name, mine.cname_value) == ("shop.example", "web.acme.apps.example")
    assert mine.txt_name == "_chronoplane.shop.example"
    assert mine.txt_value.startswith("chronoplane-domain=")
    theirs = expected_records("shop.example", "ff" * 12, "web.acme.apps.example")
    another = expected_records("shop2.example", PROJECT_ID, "web.acme.apps.example")
    assert len({mine.txt_value, theirs.txt_value, another.txt_value}) == 3
    again = expected_records("shop.example", PROJECT_ID, "moved.acme.apps.example")
    assert again.txt_value == mine.txt_value
