"""The NATS server's configuration: one user for each process, one store, no monitoring port.

Used by the embedded stack and, written to a file, by docker-compose. Tenants get an account of
their own, because a subject permission alone can be tricked by JetStream replies."""

import json
from dataclasses import dataclass
from pathlib import Path

from shared.runtime.secret import Secret

PAYLOAD_BYTES_MAX = 1024 * 1024
ACCOUNT = "CHRONOPLANE"


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


def render(listener: Listener, users: tuple[User, ...]) -> str:
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
  }}
  TENANTS {{ }}
  SYS {{ }}
}}
system_account: SYS
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
