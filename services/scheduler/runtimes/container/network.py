"""The network that replicas share: they reach nobody in it, and nobody beyond it when closed.

Their port is published on 127.0.0.1. Docker keeps the containers of one network apart. Podman 4.3
takes these options and does not obey them, and where its networks are internal it publishes no
port: it counts as an engine that cannot isolate.
"""

from dataclasses import dataclass
from typing import Any

from services.scheduler.runtimes.container.client import Client, EngineRefused
from services.scheduler.runtimes.container.identity import Installation
from services.scheduler.runtimes.container.settings import Network as Mode

_NOT_FOUND, _CONFLICT = 404, 409
_BRIDGE = "com.docker.network.bridge"


@dataclass(slots=True, kw_only=True)
class Network:
    client: Client
    installation: Installation
    mode: Mode
    address: str = ""
    """This machine's in it, as the engine says."""

    @property
    def name(self) -> str:
        return f"{self.installation.network}-{self.mode}"

    async def ensure(self) -> None:
        """It may be gone: an engine's clean-up takes networks that nobody uses."""
        found = await self._find()
        if found is None:
            try:
                await self.client.post("/networks/create", self._wanted())
            except EngineRefused as refused:
                if refused.status != _CONFLICT:
                    raise
            found = await self._find()
        configured = ((found or {}).get("IPAM") or {}).get("Config") or [{}]
        self.address = str(configured[0].get("Gateway") or "")

    async def _find(self) -> dict[str, Any] | None:
        try:
            return dict(await self.client.get(f"/networks/{self.name}"))
        except EngineRefused as refused:
            if refused.status == _NOT_FOUND:
                return None
            raise

    def _wanted(self) -> dict[str, Any]:
        return {
            "Name": self.name,
            "Driver": "bridge",
            "CheckDuplicate": True,
            "Labels": {"chronoplane.installation": self.installation.id},
            "Options": {
                f"{_BRIDGE}.enable_icc": "false",
                # Without it no answer finds its way back into the container.
                f"{_BRIDGE}.enable_ip_masquerade": "true" if self.mode == "open" else "false",
            },
        }
