"""How a password was hashed: everything of the hash but the hash.

Whoever asks computes a hash of what somebody typed; whether it is the right one is judged by the
command process, under the vault's key. So no process but these two ever holds a right one."""

from pathlib import Path

from services.query.asked import Asked
from services.query.view import View
from services.query.views.sign_in.projection import project
from shared.access.state import Principal
from shared.queries.sign_in import GetHashing, HashingDocument

NOBODY = HashingDocument(principal_id=None, parameters=None)


async def get_hashing(question: GetHashing, asked: Asked) -> HashingDocument:
    user = await _user(question.handle, asked)
    if user is None:
        return NOBODY
    row = await asked.row("get_password", principal_id=user.id)
    if row is None:
        return NOBODY
    account_id, secret_id = row
    encoded = (await asked.secrets.open(account_id, [secret_id]))[secret_id]
    if encoded is None:
        return NOBODY  # Erased.
    return HashingDocument(principal_id=user.id, parameters=encoded.rpartition("$")[0])


async def _user(key: str, asked: Asked) -> Principal | None:
    """By handle or by address, which no handle looks like. Who shares an address with somebody has
    his handle only: addresses are nobody's proof."""
    if "@" in key:
        rows = await asked.rows("list_users_at", address=key)
        return asked.index.principals.get(rows[0][0]) if len(rows) == 1 else None
    home = asked.index.project_of_handle(key)
    user = asked.index.principals.get(home.account_id) if home is not None else None
    return None if user is None or user.kind != "user" or user.handle != key else user


SIGN_IN = View(
    name="sign_in",
    sql=Path(__file__).parent / "sql",
    streams=("principal",),
    tables=("password",),
    project=project,
    reads=("sign_in", "identity"),
    answers={GetHashing: get_hashing},
)
