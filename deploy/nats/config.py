"""The NATS server's configuration: one user for each process, one store, no monitoring port.

Used by the embedded stack and, written to a file, by docker-compose. Tenants get an account of
their own, because a subject permission alone can be tricked by JetStream replies."""

import json
from dataclasses import dataclass
from pathlib import Path

from shared.bus.subjects import LIST_CONNECTIONS, TENANTS_ACCOUNT, acks_of, kick_of, next_of
from shared.runtime.secret import Secret

PAYLOAD_BYTES_MAX = 1024 * 1024
ACCOUNT = "CHRONOPLANE"
SYSTEM_ACCOUNT = "SYS"
# Subscribers may not use up the places that our own processes need.
SUBSCRIBERS_MAX = 512
SUBSCRIBER_BYTES_MAX = 8 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """`publish` and `subscribe` are subjects with NATS wildcards; what is not named is refused."""

    name: str
    password: Secret
    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    host: str
    port: int
    store_dir: Path
    pid_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Callout:
    """`issuer` is the public key whose owner says who else may connect."""

    issuer: str


def render(listener: Listener, users: tuple[User, ...], callout: Callout | None = None) -> str:
    """Without `callout` nobody connects but these users."""
    pid_file = f"pid_file: {_text(str(listener.pid_file))}\n" if listener.pid_file else ""
    return f"""\
# Written at every start. The passwords below are why this file is 0600.
server_name: chronoplane
listen: {_text(f"{listener.host}:{listener.port}")}
{pid_file}max_payload: {PAYLOAD_BYTES_MAX}
max_connections: 1024
ping_interval: "20s"
write_deadline: "10s"
jetstream {{
  store_dir: {_text(str(listener.store_dir))}
}}
accounts {{
  {ACCOUNT} {{
    jetstream: enabled
    users: [
{_users(users)}
    ]
    exports: [
{_offers(_FOR_TENANTS, TENANTS_ACCOUNT)}
    ]
    imports: [
{_takes(_FOR_US, SYSTEM_ACCOUNT)}
    ]
  }}
  {TENANTS_ACCOUNT} {{
    imports: [
{_takes(_FOR_TENANTS, ACCOUNT)}
    ]
    limits {{
      max_connections: {SUBSCRIBERS_MAX}
      max_payload: {SUBSCRIBER_BYTES_MAX}
      max_leafnodes: 0
    }}
  }}
  {SYSTEM_ACCOUNT} {{
    exports: [
{_offers(_FOR_US, ACCOUNT)}
    ]
  }}
}}
system_account: {SYSTEM_ACCOUNT}
{_authorization(users, callout)}"""


# A subscriber asks and acknowledges; what of the two is his own, his user's permissions say.
# Streamed: one request for the next events has many answers. Their reply subjects stay in his
# account, so that he cannot have an event delivered where our processes listen (THREATS row 45).
_FOR_TENANTS = (next_of("*"), f"{acks_of('*')}.>")
_FOR_US = (LIST_CONNECTIONS, kick_of("*"))


def _offers(subjects: tuple[str, ...], account: str) -> str:
    return "\n".join(
        f"      {{ service: {_text(subject)}, response_type: stream, accounts: [{account}] }}"
        for subject in subjects
    )


def _takes(subjects: tuple[str, ...], account: str) -> str:
    return "\n".join(
        f"      {{ service: {{ account: {account}, subject: {_text(subject)} }} }}"
        for subject in subjects
    )


def _authorization(users: tuple[User, ...], callout: Callout | None) -> str:
    """Our own processes are known here and never wait for another one to be let in."""
    if callout is None:
        return ""
    return f"""\
authorization {{
  auth_callout {{
    issuer: {_text(callout.issuer)}
    account: {ACCOUNT}
    auth_users: {json.dumps([user.name for user in users])}
  }}
}}
"""


def _users(users: tuple[User, ...]) -> str:
    return "\n".join(_user(user) for user in users)


def _user(user: User) -> str:
    # A reply goes to the caller's private inbox, which nobody else may write to by name.
    return f"""\
      {{
        user: {_text(user.name)}
        password: {_text(user.password.reveal())}
        permissions: {{
          publish: {{ allow: {json.dumps(user.publish)} }}
          subscribe: {{ allow: {json.dumps(user.subscribe)} }}
          allow_responses: {{ max: 4096, expires: "2m" }}
        }}
      }}"""


def _text(value: str) -> str:
    return json.dumps(value)
