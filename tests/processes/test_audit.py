"""An audit is green only where every package was looked up."""

from typing import Any

import pytest

from deploy import audit

WELL = {"name": "idna", "version": "3.10", "vulns": []}
WEAK = {
    "name": "jinja2",
    "version": "3.1.0",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.1.6"], "aliases": [], "description": ""}],
}
UNHEARD = {"name": "uvloop", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("packages", "status"),
    [
        ([WELL], 0),
        ([WELL, WEAK], audit.FOUND),
        ([WELL, UNHEARD], audit.UNKNOWN),
        ([WEAK, UNHEARD], audit.FOUND),
        ([], audit.UNKNOWN),
    ],
)
def test_only_what_was_looked_up_is_well(packages: list[dict[str, Any]], status: int) -> None:
    assert audit.read({"dependencies": packages}).status == status


def test_a_weakness_is_told_with_the_version_that_mends_it() -> None:
    lines = list(audit.lines_of(audit.read({"dependencies": [WELL, WEAK]})))
    assert lines[0] == "jinja2 3.1.0: PYSEC-1, mended in 3.1.6"


def test_what_was_not_asked_is_never_passed_over_in_silence() -> None:
    assert any(
        line.startswith("NOT AUDITED") and "uvloop" in line
        for line in audit.lines_of(audit.read({"dependencies": [WELL, UNHEARD]}))
    )
