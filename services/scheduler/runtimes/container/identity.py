"""Who this installation is to an engine that others use, too: names, labels, hidden tags, users.

The id and the key are made once and kept beside the records, so that a moved data folder finds its
containers again and another installation on the same engine is never touched.
"""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from services.scheduler.runtimes.interface import Labels, ReplicaSpec
from services.scheduler.runtimes.process.keeper import records

PREFIX = "chronoplane-"
_FILE = "installation.json"
_LABEL = "chronoplane."


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    id: str
    key: bytes

    @property
    def label(self) -> str:
        return f"{_LABEL}installation={self.id}"

    @property
    def network(self) -> str:
        return f"{PREFIX}{self.id}"

    def container(self, replica_id: str) -> str:
        return f"{PREFIX}{self.id}-{replica_id}"

    def repository(self, *parts: str) -> str:
        """The name under which an image is kept. It cannot be guessed: a tenant's `FROM` would
        else reach a neighbour's image by its name."""
        text = "\0".join(parts).encode()
        return f"{PREFIX}{self.id}/{hmac.new(self.key, text, hashlib.sha256).hexdigest()[:40]}"

    def user(self, project_id: str, first: int, count: int) -> int:
        """A user for an image that names none. Two projects may share one, rarely: what keeps
        them apart are the containers."""
        digest = hmac.new(self.key, f"user\0{project_id}".encode(), hashlib.sha256).digest()
        return first + int.from_bytes(digest[:8], "big") % count

    def labels(self, spec: ReplicaSpec) -> dict[str, str]:
        return {
            f"{_LABEL}installation": self.id,
            f"{_LABEL}replica": spec.replica_id,
            f"{_LABEL}service": spec.service_id,
            f"{_LABEL}project": spec.project_id,
            f"{_LABEL}deployment": spec.deployment_id,
            f"{_LABEL}ordinal": str(spec.ordinal),
            f"{_LABEL}generation": str(spec.generation),
            f"{_LABEL}epoch": str(spec.epoch),
            f"{_LABEL}port": str(spec.port),
            f"{_LABEL}node": spec.node,
        }


def open_installation(folder: Path) -> Installation:
    known = records.read(os.fspath(folder), _FILE)
    if known is None:
        known = {"id": secrets.token_hex(6), "key": secrets.token_hex(32)}
        records.write(os.fspath(folder), _FILE, known)
    return Installation(id=str(known["id"]), key=bytes.fromhex(str(known["key"])))


def replica_of(labels: dict[str, str]) -> tuple[str, Labels, int] | None:
    """Id, labels and port; None where something of them is missing: then it is not of ours."""
    try:
        found = Labels(
            service_id=labels[f"{_LABEL}service"],
            project_id=labels[f"{_LABEL}project"],
            deployment_id=labels[f"{_LABEL}deployment"],
            ordinal=int(labels[f"{_LABEL}ordinal"]),
            generation=int(labels[f"{_LABEL}generation"]),
            node=labels.get(f"{_LABEL}node", ""),
        )
        return labels[f"{_LABEL}replica"], found, int(labels[f"{_LABEL}port"])
    except (KeyError, ValueError):
        return None
