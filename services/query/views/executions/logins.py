"""The git credential that a linked repository names, opened for the process that shows it to the
server. None where it was removed or erased since: then nothing is shown."""

from services.query.asked import Asked
from shared.queries.executions import GitLogin


async def login_of(credential_id: str | None, asked: Asked) -> GitLogin | None:
    row = None if credential_id is None else await asked.row("get_credential", id=credential_id)
    if row is None:
        return None
    principal_id, secret_id, domain, provider, protocol, username = row
    secret = (await asked.secrets.open(principal_id, [secret_id]))[secret_id]
    if secret is None:
        return None
    return GitLogin(
        domain=domain, provider=provider, protocol=protocol, username=username, secret=secret
    )
