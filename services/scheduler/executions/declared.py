"""What the Dockerfile lines of a revision ask for, where no engine builds images. Pure.

A virtual environment can have packages of Python and variables. What asks for more is refused with
its line: half an environment would fail later, in a job, and nobody would know why."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

_ENV_PAIR = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_PACKAGE = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9._,-]+\])?"
    r"([<>=!~]=?=?[A-Za-z0-9.*+!_-]+(,[<>=!~]=?=?[A-Za-z0-9.*+!_-]+)*)?\Z"
)
_SILENT = frozenset(
    {"-q", "--quiet", "-U", "--upgrade", "--user", "--no-cache-dir", "--no-input", "-y"}
)
# They say something about an image that a virtual environment has no place for, and need none.
_IGNORED = frozenset({"USER", "LABEL", "MAINTAINER", "WORKDIR", "EXPOSE", "SHELL"})
_PIP = (("pip", "install"), ("pip3", "install"))
_PYTHON_PIP = ("-m", "pip", "install")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    packages: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoable:
    """`reason` names the line."""

    reason: str


class _Refused(Exception):
    pass


def declared(dockerfile: str) -> Declared | Undoable:
    packages: list[str] = []
    variables: dict[str, str] = {}
    ignored: list[str] = []
    for number, line in _lines(dockerfile):
        word, _, rest = line.partition(" ")
        try:
            match word.upper():
                case "RUN":
                    packages += _packages(rest)
                case "ENV":
                    variables |= _variables(rest)
                case other if other in _IGNORED:
                    ignored.append(line)
                case other:
                    raise _Refused(f"{other} needs an engine for images")
        except (_Refused, ValueError) as error:
            return Undoable(reason=f"line {number}, `{line[:100]}`: {error}")
    return Declared(
        packages=tuple(packages), variables=tuple(variables.items()), ignored=tuple(ignored)
    )


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Whole instructions with the number of their first line: `\\` at an end reads on."""
    held, begin = "", 0
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if line.startswith("#") or (not line and not held):
            continue
        begin = begin or number
        if line.endswith("\\"):
            held += line[:-1].rstrip() + " "
            continue
        yield begin, (held + line).strip()
        held, begin = "", 0
    if held.strip():
        yield begin, held.strip()


def _packages(command: str) -> list[str]:
    found: list[str] = []
    for part in re.split(r"\s*(?:&&|;)\s*", command.strip()):
        words = shlex.split(part)
        if not words:
            continue
        if tuple(words[:2]) in _PIP:
            arguments = words[2:]
        elif words[0] in ("python", "python3") and tuple(words[1:4]) == _PYTHON_PIP:
            arguments = words[4:]
        else:
            raise _Refused("only `pip install` can be run without an engine for images")
        found += _arguments(arguments)
    return found


def _arguments(words: list[str]) -> list[str]:
    packages = [word for word in words if word not in _SILENT]
    for word in packages:
        if not _PACKAGE.match(word):
            raise _Refused(f"`{word[:60]}` is no package by name and version")
    return packages


def _variables(rest: str) -> dict[str, str]:
    words = shlex.split(rest)
    if words and all(_ENV_PAIR.match(word) for word in words):
        return {name: value for name, _, value in (word.partition("=") for word in words)}
    if len(words) >= 2 and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", words[0]):
        return {words[0]: rest.strip().partition(" ")[2].strip()}
    raise _Refused("names no variable and its value")
