"""ZenML's times: UTC, and none of them says so."""

from datetime import UTC, datetime


def time(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat()
