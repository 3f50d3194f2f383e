"""From a service's document to its domains on `/ops`. Pure."""

from services.gateway.surfaces.ops.resources.domains import wire
from shared.domain.custom_domain.proof import ExpectedRecords, expected_records
from shared.kernel.time import format_rfc3339
from shared.queries.services import ServiceDocument


def from_service(document: ServiceDocument, *, suffix: str, is_checked: bool) -> list[wire.Domain]:
    """One at most, today; a list, so that more would need no other answer."""
    found = document.domain
    if found is None:
        return []
    host = f"{document.slug}.{document.project_handle}.{suffix}"
    return [
        wire.Domain(
            domain=found.domain,
            state=found.state if is_checked else "unchecked",
            is_routed=found.state == "verified" or not is_checked,
            reason=found.reason if is_checked else "",
            since=None if found.since is None else format_rfc3339(found.since),
            records=_records(expected_records(found.domain, document.project_id, host)),
        )
    ]


def _records(expected: ExpectedRecords) -> list[wire.Record]:
    return [
        wire.Record(type="CNAME", name=expected.cname_name, value=expected.cname_value),
        wire.Record(type="TXT", name=expected.txt_name, value=expected.txt_value),
    ]
