"""The services of a project as they are, and the writes that make them what is wanted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from services.cli.refused import Refused
from services.cli.server import Server
from services.cli.things import service_of
from services.cli.verb import Exit
from services.cli.wanted import Step, Wanted
from shared.kernel.names import slug_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    server: Server
    handle: str

    def current(self, wanted: Sequence[Wanted]) -> dict[str, dict[str, Any]]:
        """By slug; what is not there is left out."""
        found: dict[str, dict[str, Any]] = {}
        for one in wanted:
            try:
                path = f"/{self._handle}/service/{quote(one.name)}"
                found[one.slug] = self.server.get(path).document
            except Refused as refused:
                if refused.exit != Exit.NOT_FOUND:
                    raise
        if not found:
            self.server.get(
                f"/{self._handle}/services", {"per_page": 1}
            )  # A foreign project says so.
        return found

    def others(self, wanted: Sequence[Wanted]) -> list[str]:
        """Names that are there and not wanted, by name."""
        slugs = {one.slug for one in wanted}
        listed = self.server.items(f"/{self._handle}/services")
        return sorted(one["name"] for one in listed if slug_of(one["name"]) not in slugs)

    def do(self, step: Step) -> None:
        path = f"/auth/v1/seed/{self._handle}/services"
        one = f"{path}/{quote(step.name)}"
        if step.kind in ("remove", "replace"):
            self.server.send("DELETE", one)
        if step.kind in ("add", "replace"):
            self.server.send("POST", path, step.body)
        if step.kind == "change":
            self.server.send("PUT", one, step.body)

    def redeploy(self, name: str) -> None:
        path = f"/auth/v1/seed/{self._handle}/services/{quote(name)}/redeploy"
        self.server.send("POST", path)

    def service(self, name: str) -> dict[str, Any]:
        """As `/ops` shows it: with its id and its rollout."""
        return service_of(self.server, name, self.handle)

    def last_set(self, name: str) -> dict[str, dict[str, Any]]:
        """Who gave each field of the workload its value, by the field's name on Outpost's page."""
        blamed = self.server.get(f"/ops/v1/services/{self.service(name)['id']}/blame").document
        ours = {"replicas_min": "min_replicas", "replicas_max": "max_replicas"}
        by: dict[str, dict[str, Any]] = {}
        for line in blamed["data"]:
            parts = line["path"].strip("/").split("/")
            if parts[0] == "workload" and len(parts) > 1:
                field = ours.get(parts[1], parts[1])
                newer = field not in by or by[field]["position"] < line["by"]["position"]
                if newer:
                    by[field] = line["by"]
        return by

    @property
    def _handle(self) -> str:
        return quote(self.handle, safe="")
