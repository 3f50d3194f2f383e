"""What a subscriber of the bus is called there. Nobody can guess the names of another's consumer or
inbox: a reply may be sent to any subject of the tenants' account, so an inbox that could be guessed
could be written to."""

import hashlib
import hmac

_CHARACTERS = 32


def consumer_of(subscription_id: str, installation: bytes) -> str:
    return f"sub_{_name('consumer', subscription_id, installation)}"


def inbox_of(subscription_id: str, installation: bytes) -> str:
    return f"_INBOX_{_name('inbox', subscription_id, installation)}"


def _name(kind: str, subscription_id: str, installation: bytes) -> str:
    text = f"subscriber:{kind}:{subscription_id}".encode()
    return hmac.new(installation, text, hashlib.sha256).hexdigest()[:_CHARACTERS]
