"""Variables of a revision of an environment, opened for an answer that may have them."""

from typing import Any

from services.query.asked import Asked


async def variables_of(
    declared: dict[str, Any], account_id: str, asked: Asked
) -> tuple[tuple[str, str], ...]:
    """Names and values; those that were erased are not there any more."""
    refs = {each["name"]: each["value"]["secret_id"] for each in declared["variables"]}
    if not refs:
        return ()
    opened = await asked.secrets.open(account_id, list(refs.values()))
    values = ((name, opened[secret_id]) for name, secret_id in refs.items())
    return tuple((name, value) for name, value in values if value is not None)
