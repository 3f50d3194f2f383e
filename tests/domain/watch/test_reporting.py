"""What is recorded of a watched URL: its first word and every change, nothing else."""

from typing import Any

from shared.domain.facts import Facts
from shared.domain.rejections import NotFound
from shared.domain.watch.commands import ReportWatch
from shared.domain.watch.events import WatchBecameHealthy, WatchBecameUnhealthy
from tests.support.given import PROJECT_ID, given

SERVICE, URL = "0c" * 12, "https://models.example/health"
WELL = WatchBecameHealthy(service_id=SERVICE, project_id=PROJECT_ID, url=URL)
UNWELL = WatchBecameUnhealthy(
    service_id=SERVICE, project_id=PROJECT_ID, url=URL, reason="answered 503"
)


def seen(**changes: Any) -> ReportWatch:
    fields: dict[str, Any] = {
        "service_id": SERVICE,
        "project_id": PROJECT_ID,
        "url": URL,
        "is_healthy": True,
        **changes,
    }
    return ReportWatch(**fields)


def test_the_first_word_about_a_url_is_recorded() -> None:
    given().when(seen()).then(WELL)
    given().when(seen(is_healthy=False, reason="answered 503")).then(UNWELL)


def test_what_is_already_so_leaves_no_trace_whoever_tells_it_again() -> None:
    given(WELL).when(seen()).then_nothing_happened()
    given(UNWELL).when(seen(is_healthy=False, reason="target_unreachable")).then_nothing_happened()


def test_a_change_is_recorded_and_so_is_another_url() -> None:
    given(WELL).when(seen(is_healthy=False, reason="answered 503")).then(UNWELL)
    given(UNWELL).when(seen()).then(WELL)
    other = "https://other.example/health"
    moved = WatchBecameHealthy(service_id=SERVICE, project_id=PROJECT_ID, url=other)
    given(WELL).when(seen(url=other)).then(moved)


def test_a_project_that_is_gone_or_another_one_has_no_such_service() -> None:
    given().when(seen(), Facts()).then_rejected(NotFound, kind="project")
    given(WELL).when(seen(project_id="ff" * 12)).then_rejected(NotFound, kind="service")
