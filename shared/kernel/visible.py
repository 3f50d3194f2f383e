"""How states, and values that may be anybody's, are shown to people, on pages and on terminals.

States are an icon, a word and a colour, never one alone."""

from dataclasses import dataclass
from typing import Any

from shared.kernel import json

VALUE_LENGTH_MAX = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    icon: str
    word: str
    tone: str  # ok, busy, warn, bad, off


_LOOKS: dict[str | None, Look] = {
    "running": Look(icon="✓", word="running", tone="ok"),
    "deploying": Look(icon="◐", word="deploying", tone="busy"),
    "degraded": Look(icon="!", word="degraded", tone="warn"),
    "failed": Look(icon="✕", word="failed", tone="bad"),
    "stopped": Look(icon="○", word="stopped", tone="off"),
    "removed": Look(icon="○", word="removed", tone="off"),
    None: Look(icon="·", word="registered", tone="off"),
    # replicas
    "starting": Look(icon="◐", word="starting", tone="busy"),
    "ready": Look(icon="✓", word="ready", tone="ok"),
    "unready": Look(icon="!", word="not ready", tone="warn"),
    "draining": Look(icon="◐", word="draining", tone="busy"),
    # domains
    "pending": Look(icon="◐", word="pending", tone="busy"),
    "verified": Look(icon="✓", word="verified", tone="ok"),
    # rollouts
    "in_progress": Look(icon="◐", word="in progress", tone="busy"),
    "succeeded": Look(icon="✓", word="succeeded", tone="ok"),
}


def look_of(state: str | None) -> Look:
    return _LOOKS.get(state) or Look(icon="·", word=str(state), tone="off")


def who(actor: str, name: str) -> str:
    kind, _, id_ = actor.partition(":")
    return name if name != actor else f"{kind} {id_[:8]}…"


def value_text(value: Any) -> str:
    """A field's value as a person reads it; secrets are references, and say no more than that."""
    match value:
        case None:
            return "-"
        case True:
            return "yes"
        case False:
            return "no"
        case str():
            text = visible(value) or '""'
        case {"secret_id": _, "erased": True}:
            return "erased"
        case {"secret_id": _}:
            return "set (secret)"
        case list() | dict() if not value:
            return "none"
        case list() if all(isinstance(item, str) for item in value):
            text = visible(", ".join(value))
        case list() if all(isinstance(item, dict) and "name" in item for item in value):
            text = visible(", ".join(str(item["name"]) for item in value))
        case _:
            text = visible(json.dumps(value))
    return text if len(text) <= VALUE_LENGTH_MAX else text[: VALUE_LENGTH_MAX - 1] + "…"


def visible(text: str) -> str:
    """Control and direction characters shown, not obeyed: this text may be anybody's."""
    return "".join(_shown(letter) if not letter.isprintable() else letter for letter in text)


def _shown(letter: str) -> str:
    if letter == "\t":
        return "    "
    code = ord(letter)
    return chr(0x2400 + code) if code < 0x20 else f"\\u{code:04x}"


def pointer_words(pointer: str) -> str:
    return ".".join(
        part.replace("~1", "/").replace("~0", "~") for part in pointer.removeprefix("/").split("/")
    )
