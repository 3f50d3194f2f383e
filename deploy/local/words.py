"""What the supervisor says in the terminal once everything serves."""

from shared.runtime.secret import Secret
from shared.runtime.settings import Settings

NAMESPACE = "default"


def ready_text(
    settings: Settings, *, seconds: float, token: Secret, isolation: str, example: str | None
) -> str:
    gateway = settings.gateway_url
    return f"""
Ready in {seconds:.1f} s.

  Gateway      {gateway}
  Console      {gateway}/console
  Edge         {settings.edge_url}
  Admin token  {token.reveal()}
  Isolation    {isolation}
  Data         {settings.data_dir}

Try:

{_commands(settings, token.reveal(), example or "<namespace>/<repository>")}

Ctrl-C stops everything; the data stays."""


def _commands(settings: Settings, token: str, repository: str) -> str:
    services = f"{settings.gateway_url}/auth/v1/seed/{NAMESPACE}/services"
    header = f"-H 'Authorization: Bearer {token}'"
    body = f'{{"name": "hello", "repo": "{repository}", "gpu": "none"}}'
    host = f"hello.{NAMESPACE}.{settings.service_suffix}"
    return "\n".join(
        (
            f"  curl -s {header} -H 'Content-Type: application/json' {services} -d '{body}'",
            f"  curl -s {header} {services}/hello",
            f"  curl -s -H 'Host: {host}' {settings.edge_url}/",
        )
    )
