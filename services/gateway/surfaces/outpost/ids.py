"""Outpost's ids: a prefix and twelve hex digits, for show; a service's key is its name."""

from shared.kernel.ids import short


def service_id(id_: str) -> str:
    return f"svc_{short(id_)}"


def deployment_id(id_: str) -> str:
    return f"dep_{short(id_)}"


def replica_id(id_: str) -> str:
    return f"rep_{short(id_)}" if id_ else ""
