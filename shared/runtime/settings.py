"""Every setting of every process, in one place, read once from `CHRONOPLANE_*` variables.

`python -m shared.runtime.settings` prints the table of the README. Secrets live in files of
`keys_dir`; the few that may be given as variables are moved there by whoever starts the stack."""

from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.runtime.keys import Keys
from shared.runtime.places import socket_folder
from shared.runtime.secret import Secret

PREFIX = "CHRONOPLANE_"
Port = int


class SettingsError(Exception):
    """Sentences for the operator, one per wrong setting; never the value of a secret."""


def _port(default: int, description: str) -> Any:
    return Field(default=default, ge=1, le=65535, description=description)


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True
    )

    # Where people reach us.
    gateway_host: str = Field(default="127.0.0.1", description="Address the gateway listens on.")
    gateway_port: Port = _port(8080, "Port of the gateway: every API, the console, /ready.")
    gateway_names: str = Field(
        default="",
        description="Host names of the gateway, with commas; no service gets one as its domain.",
    )
    edge_host: str = Field(default="127.0.0.1", description="Address the edge listens on.")
    edge_port: Port = _port(8081, "Port of the edge: the traffic of the services.")
    service_suffix: str = Field(
        default="localhost",
        pattern=r"^\.?[A-Za-z0-9]([A-Za-z0-9.-]{0,200}[A-Za-z0-9])?\.?$",
        description="Services answer at http://<name>.<namespace>.<suffix>:<edge port>.",
    )

    nats_host: str = Field(
        default="127.0.0.1",
        description="Address our NATS server listens on, for tenants' subscribers, too.",
    )
    nats_port: Port | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Its port; else one chosen at the first start and kept.",
    )
    nats_public_url: str | None = Field(
        default=None,
        description="URL of the bus that subscribers are told; else the one we use ourselves.",
    )

    # What is kept, and where.
    data_dir: Path = Field(
        default=Path(".chronoplane"), description="Folder of everything that is kept. Made 0700."
    )
    run_dir: Path = Field(
        default_factory=lambda known: socket_folder(known["data_dir"]),
        description="Folder of sockets; `<data dir>/run`, or below /tmp where that is too long.",
    )
    keys_dir: Path = Field(
        default_factory=lambda known: known["data_dir"] / "keys",
        description="Folder of the secrets (files 0400); `<data dir>/keys`.",
    )
    git_base: str = Field(
        default_factory=lambda known: str(known["data_dir"] / "repositories"),
        description="URL or folder that holds `namespace/repo`; `<data dir>/repositories`.",
    )
    git_servers: str = Field(
        default="https://github.com https://gitlab.com https://bitbucket.org",
        description="URLs, by spaces, below which linked repositories of projects may lie.",
    )
    git_poll_seconds: float = Field(
        default=5.0, ge=0.2, description="How often branches are looked at for a push."
    )

    # Who may do what.
    admin_token: Secret | None = Field(
        default=None,
        description="The admin's token. Else made at the first start and kept in the data folder.",
    )
    admin_handle: str = Field(
        default="admin",
        pattern=r"^[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?$",
        description="Handle of the first admin; another one where an import brings its own.",
    )
    default_organization: str = Field(
        default="default",
        pattern=r"^[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?$",
        description="Handle of the first organization; `none`: none, an import brings its own.",
    )
    webhook_secret: Secret | None = Field(
        default=None,
        description="Secret that signs push webhooks of the git server. Else made once.",
    )
    rate_limits: Literal["generous", "published", "off"] = Field(
        default="generous",
        description="`published` holds callers to the limits of each API's page.",
    )
    rate_limit_tier: Literal["free", "team", "enterprise"] = Field(
        default="enterprise", description="Which published limits, where `rate_limits=published`."
    )
    body_limit_bytes: int = Field(
        default=512 * 1024,
        ge=1024,
        le=768 * 1024,
        description="Longest request body. The bus carries 1 MiB, an event 512 KiB.",
    )

    import_bytes_max: int = Field(
        default=16 * 1024**3,
        ge=1024,
        description="Longest export that is imported; it waits in the database while it arrives.",
    )

    amigo_registry: Literal["open", "closed"] = Field(
        default="open",
        description="`closed`: Amigo's agents and state machines must be declared in /ops/v1.",
    )

    domino_enum_case: Literal["lower", "pascal"] = Field(
        default="lower",
        description="How Domino's enums are sent: as its page prints them, or `Private`, `Global`.",
    )

    # How the log is proved.
    witness_file: Path = Field(
        default_factory=lambda known: known["data_dir"] / "witness" / "checkpoints.jsonl",
        description="Every signed checkpoint is added here; put it where no DBA can write.",
    )
    audit_seconds: float = Field(
        default=3600.0, gt=0, description="How often the whole log is verified against its seals."
    )

    # How services run.
    isolation: Literal["auto", "isolated", "trusted"] = Field(
        default="auto",
        description="`auto`: isolated if the machine can, else trusted: only its admin deploys. "
        "What was isolated once is never run without, unless this says `trusted`.",
    )
    container_engine: str = Field(
        default="auto",
        pattern=r"^(auto|off|(unix://)?/.+)$",
        description="Runs images and Dockerfiles: `auto` (Docker or Podman at its usual socket), "
        "`off`, or the path of a socket.",
    )
    container_network: Literal["closed", "open"] = Field(
        default="closed",
        description="`closed`: containers connect to nobody; `open`: to the world and to us.",
    )
    container_root: Literal["drop", "keep"] = Field(
        default="drop",
        description="An image that runs as root: as a user of its project, or (`keep`) as it says.",
    )
    capacity: Literal["simulated", "strict"] = Field(
        default="simulated",
        description="`simulated` overcommits, so that big services fit a laptop; `strict` counts.",
    )
    node_name: str = Field(
        default="embedded",
        pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
        description="What this machine is called among the nodes.",
    )
    node_region: str = Field(
        default="",
        max_length=64,
        description="Its region; empty: each that no declared node names.",
    )
    executions_max: int = Field(
        default=32, ge=1, le=10_000, description="Jobs that run at one time on this machine."
    )
    environments_kept: int = Field(
        default=50,
        ge=1,
        le=100_000,
        description="Prepared directories of environments that stay; unused ones go first.",
    )
    edge_slots: int = Field(
        default=1000, ge=1, le=20_000, description="Services the edge has room for at one time."
    )
    startup_seconds: float = Field(
        default=120.0, gt=0, description="A replica that is not healthy by then has failed."
    )
    drain_seconds: float = Field(
        default=30.0,
        ge=0,
        description="Time a replica gets to finish its requests before it stops.",
    )
    preparation_seconds: float = Field(
        default=600.0, gt=0, description="Time a repository gets to be fetched and prepared."
    )

    # Who answers questions about architectures.
    ai_endpoint: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s@]+$",
        description="Base URL of an OpenAI-compatible API (`.../v1`) for the chat; else off.",
    )
    ai_model: str = Field(default="gpt-4o-mini", description="The model the chat asks for.")
    ai_key: Secret | None = Field(
        default=None, description="Key of that API; kept in the data folder once given."
    )
    ai_seconds: float = Field(
        default=60.0, gt=0, le=600, description="How long the chat waits for its answer."
    )

    # How long what is no event is kept.
    log_retention_days: int = Field(
        default=14, ge=1, le=3650, description="Days that log lines of services are kept."
    )
    log_megabytes_max: int = Field(
        default=4096,
        ge=16,
        description="MiB that log lines of services take; the oldest days go first, today never.",
    )
    traffic_retention_days: int = Field(
        default=31, ge=1, le=3650, description="Days that traffic and use of services are kept."
    )

    # How long we wait for one another.
    command_seconds: float = Field(default=5.0, gt=0, description="Time-out of one command.")
    question_seconds: float = Field(default=5.0, gt=0, description="Time-out of one question.")
    view_wait_seconds: float = Field(
        default=2.0, ge=0, description="How long a write's answer waits for the view that shows it."
    )
    shutdown_seconds: float = Field(
        default=15.0, gt=0, description="Time a process gets to finish its work when it is stopped."
    )

    # What we call.
    fetch_allow: str = Field(
        default="",
        description="Internal targets that people's URLs may name: networks or hosts, with commas.",
    )

    # How targets are probed.
    probers: int = Field(
        default=1, ge=1, le=16, description="Prober processes that share the targets."
    )
    prober_lease_seconds: float = Field(
        default=3.0,
        ge=0.5,
        le=60,
        description="A prober that is silent for so long is dead; others take its targets.",
    )
    watch_seconds: float = Field(
        default=10.0,
        ge=0.2,
        le=3600,
        description="How often a watched URL of a service that runs elsewhere is looked at.",
    )

    # Custom domains.
    domain_check: Literal["off", "on"] = Field(
        default="off",
        description="`on`: a custom domain is routed once its DNS proves it. A laptop has no DNS.",
    )
    dns_servers: str = Field(
        default="",
        description="DNS servers asked about custom domains, with commas; else the machine's own.",
    )

    edge_tls_port: Port | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Port of the edge for TLS, by the certificates that were set; off where empty.",
    )
    edge_redirect_http: bool = Field(
        default=False, description="Requests without TLS are sent to the TLS port (308)."
    )
    certificates_dir: Path | None = Field(
        default=None,
        description="Folder of `*.pem` (a chain and its key) that the edge serves beside others.",
    )

    # What is seen from outside.
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least level of the JSON log lines."
    )
    log_bytes_max: int = Field(
        default=20 * 1024 * 1024, ge=64 * 1024, description="Size at which a log file is rotated."
    )
    otlp_endpoint: str | None = Field(
        default=None, description="OTLP/HTTP base URL that gets the traces; off where empty."
    )
    trace_ratio: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="Share of requests traced, where `otlp_endpoint` is set.",
    )
    health_host: str = Field(
        default="127.0.0.1", description="Address of a process's own health port."
    )
    health_port: Port | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Port of /health, /ready, /metrics; else a socket `health-<process>.sock`.",
    )

    # Servers and programs of others.
    postgres_dsn: Secret | None = Field(
        default=None,
        description="postgresql:// URL of a server of yours (its owner's user) in place of ours.",
    )
    nats_url: str | None = Field(
        default=None, description="nats:// URL of a server of yours in place of ours."
    )
    pg_bin: Path | None = Field(default=None, description="Folder with `initdb` and `postgres`.")
    nats_server_bin: Path | None = Field(default=None, description="The program `nats-server`.")
    haproxy_bin: Path | None = Field(
        default=None, description="The program `haproxy`, 2.8 or newer."
    )
    bwrap_bin: Path | None = Field(default=None, description="The program `bwrap` (bubblewrap).")

    # Set by whoever starts the processes, not by people.
    instance: int = Field(
        default=1, ge=1, description="Which of several processes of one kind this is."
    )
    supervisor_pid: int | None = Field(
        default=None, description="Process that started this one; when it dies, this one stops."
    )

    @field_validator("data_dir", "run_dir", "keys_dir", "witness_file", mode="after")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("certificates_dir", mode="after")
    @classmethod
    def _absolute_if_any(cls, value: Path | None) -> Path | None:
        return None if value is None else value.expanduser().absolute()

    @field_validator("git_base", mode="after")
    @classmethod
    def _absolute_folder(cls, value: str) -> str:
        return value if "://" in value else str(Path(value).expanduser().absolute())

    @field_validator("git_servers", mode="after")
    @classmethod
    def _plain_servers(cls, value: str) -> str:
        for url in value.split():
            parts = urlsplit(url)
            if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
                raise ValueError(f"{url} is not the URL of a git server")
        return " ".join(value.split())

    @field_validator("service_suffix", mode="after")
    @classmethod
    def _plain_suffix(cls, value: str) -> str:
        return value.strip().strip(".").lower()

    @property
    def keys(self) -> Keys:
        return Keys(self.keys_dir)

    @property
    def gateway_url(self) -> str:
        return f"http://{reachable(self.gateway_host)}:{self.gateway_port}"

    @property
    def edge_url(self) -> str:
        return f"http://{reachable(self.edge_host)}:{self.edge_port}"

    @property
    def subscribers_url(self) -> str | None:
        return self.nats_public_url or self.nats_url

    def postgres_conninfo(
        self, process: Literal["command", "query", "scheduler", "sealer", "webhooks"]
    ) -> str:
        """The address with the process's own role; the password comes from its key file."""
        if self.postgres_dsn is None:
            raise SettingsError(f"{PREFIX}POSTGRES_DSN is not set; the supervisor sets it.")
        role = f"chronoplane_{process}"
        address = urlsplit(self.postgres_dsn.reveal())
        place = address.netloc.rpartition("@")[2]
        password = quote(self.keys.postgres_password(role).reveal(), safe="")
        return urlunsplit(address._replace(netloc=f"{role}:{password}@{place}"))

    def health_socket(self, process: str) -> Path:
        return self.run_dir / f"health-{process}.sock"


def reachable(host: str) -> str:
    """What a client on this machine types to reach a listener on `host`."""
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def load(**given: Any) -> Settings:
    """The settings of this process; `given` wins over the environment. Raises SettingsError."""
    try:
        return Settings(**given)
    except ValidationError as error:
        raise SettingsError("\n".join(_sentences(error))) from None


def _sentences(error: ValidationError) -> list[str]:
    # Never `input`: a secret with a typo is a secret still.
    return [
        f"{PREFIX}{'_'.join(str(part) for part in problem['loc'][:1]).upper()}: {problem['msg']}."
        for problem in error.errors(include_url=False, include_input=False, include_context=False)
        if problem["type"] != "default_factory_not_called"
    ]


def printable(settings: Settings) -> dict[str, str]:
    """For the log at start: what differs from the defaults; secrets are `***`."""
    return {name: str(getattr(settings, name)) for name in sorted(settings.model_fields_set)}


def table() -> str:
    """The settings as a Markdown table."""
    rows = ["| Setting | Default | Meaning |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        made = field.default_factory is not None or field.default in (None, "")
        default = "" if made else f"`{field.default}`"
        rows.append(f"| `{PREFIX}{name.upper()}` | {default} | {field.description} |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(table())
