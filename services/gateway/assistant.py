"""A model behind an OpenAI-compatible API, asked with what a surface has put together.

The one place of the gateway that speaks HTTP outwards. Where to is the operator's setting, never a
client's: no redirects, no proxies of the environment, bounded in time and bytes."""

import asyncio
import logging
from dataclasses import dataclass

import httpx

from services.gateway.refusals import Refused, Unavailable
from shared.kernel import json
from shared.runtime.secret import Secret
from shared.runtime.settings import Settings

log = logging.getLogger(__name__)

CONNECT_SECONDS = 5.0
ANSWER_BYTES_MAX = 1024 * 1024
ANSWER_TOKENS_MAX = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    role: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assistant:
    endpoint: str
    model: str
    key: Secret | None
    seconds: float

    @classmethod
    def of(cls, settings: Settings) -> "Assistant | None":
        """None where the operator has named no API."""
        if settings.ai_endpoint is None:
            return None
        return cls(
            endpoint=settings.ai_endpoint.rstrip("/"),
            model=settings.ai_model,
            key=settings.keys.ai(),
            seconds=settings.ai_seconds,
        )

    async def answer(self, messages: list[Message]) -> str:
        try:
            async with asyncio.timeout(self.seconds):
                status, body = await self._post(messages)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            # The address and the reason are the operator's to see, not a tenant's.
            log.warning("assistant_unreachable", extra={"error": type(error).__name__})
            raise _unavailable() from error
        text = _text_of(body) if status == 200 else None
        if text is None:
            log.warning("assistant_unusable", extra={"status": status, "bytes": len(body)})
            raise _unavailable()
        return text

    async def _post(self, messages: list[Message]) -> tuple[int, bytes]:
        headers = {} if self.key is None else {"Authorization": f"Bearer {self.key.reveal()}"}
        request = {
            "model": self.model,
            "max_tokens": ANSWER_TOKENS_MAX,
            "messages": [{"role": m.role, "content": m.content} for m in messages],
        }
        timeout = httpx.Timeout(self.seconds, connect=CONNECT_SECONDS)
        async with (
            httpx.AsyncClient(timeout=timeout, trust_env=False, follow_redirects=False) as client,
            client.stream(
                "POST",
                f"{self.endpoint}/chat/completions",
                content=json.dumps(request),
                headers={**headers, "Content-Type": "application/json"},
            ) as response,
        ):
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > ANSWER_BYTES_MAX:
                    return response.status_code, b""
            return response.status_code, bytes(body)


def _text_of(body: bytes) -> str | None:
    """The first choice's text; None where the answer has none."""
    try:
        text = json.loads(body)["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError):
        return None
    return text if isinstance(text, str) else None


def _unavailable() -> Refused:
    return Refused(Unavailable(message="The AI did not answer."))
