"""The NATS users of our processes: each may say and hear what the table of subjects names."""

from deploy.nats.config import Callout, User
from shared.bus.nkey import AccountKey
from shared.bus.subjects import PROCESSES, listenable, publishable
from shared.runtime.keys import Keys


def users_of(keys: Keys) -> tuple[User, ...]:
    return tuple(
        User(
            name=process,
            password=keys.nats_password(process),
            publish=publishable(process),
            subscribe=listenable(process),
        )
        for process in PROCESSES
    )


def callout_of(keys: Keys) -> Callout:
    return Callout(issuer=AccountKey.parse(keys.nats_issuer().reveal()).public)
