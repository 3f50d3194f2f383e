"""Fields whose name on this surface is not the domain's own."""

_FIELD_NAMES = {
    "principal_id": "principal",
    "account_id": "account",
    "owner_id": "owner",
}


def field_name(ours: str) -> str:
    return _FIELD_NAMES.get(ours, ours)
