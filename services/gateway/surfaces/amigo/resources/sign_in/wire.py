"""Sign-in on the wire."""

from pydantic import BaseModel


class SignedIn(BaseModel):
    id_token: str
    expires_at: str
