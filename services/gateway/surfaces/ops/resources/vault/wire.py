"""An owner's secrets on the wire: how many there are, and how many can no longer be read."""

from pydantic import BaseModel


class Owner(BaseModel):
    """`position` is that of an erasure, null for a look."""

    owner: str
    kind: str
    account_id: str
    secrets: int
    erased: int
    position: int | None
