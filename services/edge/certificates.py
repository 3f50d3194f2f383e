"""Keeps HAProxy's certificates equal to the wanted ones, over its runtime socket, without a reload.

They come from two places: custom domains', whose keys query encrypts to a key that this process
made at its start and never wrote down; and the operator's folder. A tenant's certificate is served
for its own domain alone, whatever other names stand in it; the operator's for all of its names.
Where neither place answers, what HAProxy has stays."""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nats.errors

from services.edge.haproxy import CERTIFICATES
from services.edge.runtime_socket import RuntimeSocket, RuntimeUnreachable
from shared.bus.broker import Unanswered
from shared.domain.custom_domain.certificate import (
    CertificateInvalid,
    check_key,
    read_chain,
    split_pem,
)
from shared.envelope.messages import Answered, Rejected
from shared.queries.certificates import (
    CertificateHead,
    CertificateHeads,
    ListCertificateHeads,
    OpenCertificate,
    SealedCertificate,
)
from shared.runtime.sealed_box import NotForUs, Reader

log = logging.getLogger(__name__)

PASS_SECONDS = 5.0
FILES_MAX = 1000
FILE_BYTES_MAX = 16 * 1024
OF_DOMAINS, OF_FILES = "domain-", "file-"

# (question) -> the answer of query
Ask = Callable[[Any], Awaitable[Answered | Rejected]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pem:
    """`version` tells one from another; `host` narrows it to that name."""

    text: str
    version: str
    host: str | None = None

    def __repr__(self) -> str:
        return f"Pem(version={self.version!r}, host={self.host!r})"


class DomainCertificates:
    """Those of custom domains, as query has them."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._reader = Reader()
        self._known: dict[str, Pem] = {}

    async def read(self) -> dict[str, Pem] | None:
        """By their names at HAProxy; None where query does not answer."""
        heads = await self._heads()
        if heads is None:
            return None
        known: dict[str, Pem] = {}
        for head in heads:
            name = f"{OF_DOMAINS}{head.service_id}.pem"
            before = self._known.get(name)
            if before is not None and before.version == str(head.version):
                known[name] = before
            elif (pem := await self._opened(head)) is not None:
                known[name] = pem
            elif before is not None and before.host == head.domain:
                known[name] = before  # An older one is better than none.
        self._known = known
        return known

    async def _heads(self) -> list[CertificateHead] | None:
        heads: list[CertificateHead] = []
        question = ListCertificateHeads()
        while True:
            answer = await self._asked(question)
            if not isinstance(answer, CertificateHeads):
                return None
            heads += answer.items
            if len(answer.items) < question.limit:
                return heads
            question = ListCertificateHeads(after_id=answer.items[-1].service_id)

    async def _opened(self, head: CertificateHead) -> Pem | None:
        question = OpenCertificate(service_id=head.service_id, public_key=self._reader.public_key)
        answer = await self._asked(question)
        if not isinstance(answer, SealedCertificate):
            return None
        try:
            key = self._reader.open(answer.sealed_key, answer.domain)
        except NotForUs:
            log.error("certificate_not_for_us", extra={"service_id": head.service_id})
            return None
        text = _joined(answer.chain, key)
        return Pem(text=text, version=str(answer.version), host=answer.domain)

    async def _asked(self, question: Any) -> Any:
        try:
            answer = await self._ask(question)
        except (Unanswered, nats.errors.Error, OSError, RuntimeError) as error:
            log.warning("certificates_unanswered", extra={"error": str(error)[:200]})
            return None
        return answer.document if isinstance(answer, Answered) else None


class FileCertificates:
    """Those of the operator's folder: files `*.pem`, each a chain and its key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, Pem] = {}

    async def read(self) -> dict[str, Pem] | None:
        return await asyncio.to_thread(self._read)

    def _read(self) -> dict[str, Pem] | None:
        try:
            files = sorted(self._folder.glob("*.pem"))[:FILES_MAX]
        except OSError as error:
            log.error("certificates_unreadable", extra={"error": str(error)})
            return None
        known: dict[str, Pem] = {}
        for file in files:
            digest = hashlib.sha256(file.name.encode()).hexdigest()[:24]
            name = f"{OF_FILES}{digest}.pem"
            if (pem := self._pem(file, self._known.get(name))) is not None:
                known[name] = pem
        self._known = known
        return known

    def _pem(self, file: Path, before: Pem | None) -> Pem | None:
        """One that is broken leaves what was there before: it may be half written."""
        try:
            stat = file.stat()
            version = f"{stat.st_mtime_ns}-{stat.st_size}"
            if before is not None and before.version == version:
                return before
            if stat.st_size > FILE_BYTES_MAX:
                raise CertificateInvalid(f"is longer than {FILE_BYTES_MAX} bytes")
            chain, key = split_pem(file.read_text(encoding="ascii"))
            check_key(chain, key)
            return Pem(text=_joined(read_chain(chain).chain, key), version=version)
        except (OSError, ValueError) as error:
            log.error("certificate_file_unusable", extra={"file": file.name, "why": str(error)})
            return before


Source = DomainCertificates | FileCertificates


class Keeper:
    def __init__(self, runtime: RuntimeSocket, sources: tuple[Source, ...]) -> None:
        self._runtime = runtime
        self._sources = sources
        self._loaded: dict[str, str] = {}  # name -> the version that HAProxy has
        self._refused: dict[str, str] = {}
        self.count = 0

    async def run(self) -> None:
        while True:
            try:
                await self.look()
            except RuntimeUnreachable as error:
                log.warning("certificates_wait", extra={"why": str(error)[:200]})
            await asyncio.sleep(PASS_SECONDS)

    async def look(self) -> None:
        """One pass. Raises RuntimeUnreachable."""
        answers = [await source.read() for source in self._sources]
        wanted = {
            name: pem for answer in answers if answer is not None for name, pem in answer.items()
        }
        stored, listed = await self._present()
        self._loaded = {name: v for name, v in self._loaded.items() if name in stored}
        for name, pem in wanted.items():
            if self._loaded.get(name) != pem.version or name not in listed:
                await self._load(name, pem, is_stored=name in stored, is_listed=name in listed)
        if None not in answers:
            for name in stored - wanted.keys():
                await self._drop(name, is_listed=name in listed)
        self.count = len(self._loaded)

    async def _present(self) -> tuple[set[str], set[str]]:
        """What HAProxy holds of ours, and what of it its list names."""
        stored, listed = await self._runtime.ask(
            "show ssl cert", f"show ssl crt-list {CERTIFICATES}"
        )
        return _ours(stored), _ours(listed)

    async def _load(self, name: str, pem: Pem, *, is_stored: bool, is_listed: bool) -> None:
        answers: list[str] = []
        if not is_stored:
            answers += await self._runtime.ask(f"new ssl cert {name}")
        answers.append(await self._runtime.upload(f"set ssl cert {name}", pem.text))
        answers += await self._runtime.ask(f"commit ssl cert {name}")
        if "Success" not in answers[-1]:
            await self._runtime.ask(f"abort ssl cert {name}")
            self._say_refused(name, " ".join(answers))
            return
        if not is_listed:
            # The name after the file is the only one that it is served for.
            line = f"{name} {pem.host}" if pem.host is not None else name
            said = await self._runtime.upload(f"add ssl crt-list {CERTIFICATES}", line)
            if "Success" not in said:
                self._say_refused(name, said)
                return
        self._refused.pop(name, None)
        self._loaded[name] = pem.version
        log.info("certificate_served", extra={"certificate": name, "host": pem.host})

    async def _drop(self, name: str, *, is_listed: bool) -> None:
        commands = (f"del ssl crt-list {CERTIFICATES} {name}",) if is_listed else ()
        said = await self._runtime.ask(*commands, f"del ssl cert {name}")
        self._loaded.pop(name, None)
        log.info("certificate_dropped", extra={"certificate": name, "said": said[-1][:200]})

    def _say_refused(self, name: str, said: str) -> None:
        """Once for each reason: it is tried again at every pass."""
        if self._refused.get(name) != said:
            self._refused[name] = said
            log.error("certificate_refused", extra={"certificate": name, "said": said[:300]})


def _ours(text: str) -> set[str]:
    names = {line.split()[0].split(":")[0] for line in text.splitlines() if line.strip()}
    return {name for name in names if name.startswith((OF_DOMAINS, OF_FILES))}


def _joined(chain: str, key: str) -> str:
    """Without blank lines: one would end the message to HAProxy."""
    lines = (line.strip() for line in f"{chain}\n{key}".splitlines())
    return "\n".join(line for line in lines if line)
