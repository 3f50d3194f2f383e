"""Where builds may fetch packages: as this machine's own pip and npm are configured, asked once.

Only hosts and options come from there; a credential inside an index URL is left out, because
tenants' builds would read it.
"""

import ast
import asyncio
import logging
import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from services.scheduler.runtimes.process.egress import Destination, destination_of

_log = logging.getLogger(__name__)
_ASK_SECONDS = 30.0
_KEPT = ("index-url", "extra-index-url", "find-links", "constraint", "cert", "trusted-host")
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
_DEFAULT_INDEX = (
    "from pip._internal.models.index import PyPI; print(PyPI.simple_url, PyPI.file_storage_domain)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexes:
    """`environment` goes into every build; `paths` are local indexes it must be able to read."""

    destinations: frozenset[Destination]
    environment: tuple[tuple[str, str], ...]
    paths: tuple[Path, ...]


async def find_indexes(extra_hosts: tuple[str, ...]) -> Indexes:
    options = _pip_options(await _ask(sys.executable, "-m", "pip", "config", "list"))
    npm = shutil.which("npm")
    registry = (await _ask(npm, "config", "get", "registry")).strip() if npm else ""
    urls = [word for value in options.values() for word in value.split()]
    urls += [f"https://{host}" for host in extra_hosts]
    if "index-url" not in options:
        simple, _, files = (await _ask(sys.executable, "-c", _DEFAULT_INDEX)).strip().partition(" ")
        urls += [simple, f"https://{files}"] if files else []
    environment = {f"PIP_{name.upper().replace('-', '_')}": text for name, text in options.items()}
    if registry.startswith("http"):
        urls.append(registry)
        environment["npm_config_registry"] = _without_credentials(registry)
    environment |= {name: os.environ[name] for name in _CERTIFICATES if name in os.environ}
    found = (destination_of(url) for url in urls if url.startswith(("http://", "https://")))
    return Indexes(
        destinations=frozenset(place for place in found if place is not None),
        environment=tuple(sorted(environment.items())),
        paths=tuple(_local_paths(environment.values())),
    )


def _pip_options(listing: str) -> dict[str, str]:
    options: dict[str, str] = {}
    for line in listing.splitlines():
        name, _, value = line.partition("=")
        option = name.rpartition(".")[2]
        if option in _KEPT:
            try:
                text = str(ast.literal_eval(value))
            except (ValueError, SyntaxError):
                continue
            options[option] = " ".join(_without_credentials(word) for word in text.split())
    return options


def _without_credentials(word: str) -> str:
    parts = urlsplit(word)
    if "@" not in parts.netloc:
        return word
    _log.warning("build_index_credential_left_out", extra={"host": parts.hostname})
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _local_paths(values: Iterable[str]) -> list[Path]:
    found = set()
    for value in values:
        for word in value.split():
            path = Path(word.removeprefix("file://"))
            if path.is_absolute() and path.exists():
                found.add(path)
    # An index folder's files lie beside its pages.
    return sorted({path.parent if path.name == "simple" else path for path in found})


async def _ask(*argv: str) -> str:
    """A tool's answer, or nothing: builds then work with its defaults."""
    try:
        child = await asyncio.create_subprocess_exec(
            *argv, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, cwd="/"
        )
    except OSError:
        return ""
    try:
        async with asyncio.timeout(_ASK_SECONDS):
            output, _ = await child.communicate()
    except TimeoutError:
        child.kill()
        await child.wait()
        return ""
    return output.decode(errors="replace") if child.returncode == 0 else ""
