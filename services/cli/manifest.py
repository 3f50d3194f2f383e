"""A file of wanted services, read strictly: what is wrong is said with its line.

project: default
services:
  hello:
    repo: examples/hello
    env: {GREETING: hi, DB_PASSWORD: {from_environment: DB_PASSWORD}}

Several documents are taken together; those of one project are one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from services.cli.wanted import FIELDS, NULLABLE, Wanted
from shared.kernel.names import SERVICE_NAME

FILE_CHARACTERS_MAX = 1024 * 1024
PROBLEMS_MAX = 20
_TAG = "tag:yaml.org,2002:"
_WORDS = {str: "text", int: "a whole number", dict: "a mapping of names to values"}


class Wrong(Exception):
    """`problems` are (line, sentence), in the order of the file."""

    def __init__(self, problems: list[tuple[int, str]]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = sorted(problems)[:PROBLEMS_MAX]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    project: str | None
    services: tuple[Wanted, ...]


def read(text: str, environment: Mapping[str, str]) -> tuple[Manifest, ...]:
    if len(text) > FILE_CHARACTERS_MAX:
        raise Wrong([(1, f"the file is longer than {FILE_CHARACTERS_MAX} characters")])
    try:
        nodes = list(yaml.compose_all(text, Loader=yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        line = 1 if error.problem_mark is None else error.problem_mark.line + 1
        raise Wrong([(line, f"is no YAML: {error.problem or error.context}")]) from error
    except yaml.YAMLError as error:
        raise Wrong([(1, f"is no YAML: {error}")]) from error
    reader = _Reader(environment)
    # A file may begin or end with `---`; one that holds nothing at all is a mistake.
    filled: list[yaml.Node | None] = [node for node in nodes if not _is_empty(node)]
    return _joined([reader.manifest(node) for node in filled or [None]])


def _joined(manifests: list[Manifest]) -> tuple[Manifest, ...]:
    """One for each project. None is whichever project is meant where none is said."""
    of: dict[str | None, list[Wanted]] = {}
    for manifest in manifests:
        known = of.setdefault(manifest.project, [])
        slugs = {one.slug: one for one in known}
        twice = [one for one in manifest.services if one.slug in slugs]
        if twice:
            raise Wrong([(one.line, _doubled(one, slugs[one.slug])) for one in twice])
        known += manifest.services
    return tuple(Manifest(project=name, services=tuple(all_)) for name, all_ in of.items())


def _doubled(one: Wanted, other: Wanted) -> str:
    return f"{one.name!r} is given in line {other.line} already"


def _is_empty(node: yaml.Node | None) -> bool:
    return node is None or (isinstance(node, yaml.ScalarNode) and node.tag == f"{_TAG}null")


class _Reader:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._problems: list[tuple[int, str]] = []

    def manifest(self, node: yaml.Node | None) -> Manifest:
        project: str | None = None
        services: tuple[Wanted, ...] | None = None
        if not isinstance(node, yaml.MappingNode):
            raise Wrong([(1, "must be a mapping with `services`")])
        for name, key, value in self._entries(node):
            match name:
                case "project":
                    project = self._value("project", str, value)
                case "services":
                    services = tuple(self._services(value))
                case _:
                    self._say(key, f"{name!r} is no known key; known are project, services")
        if services is None:
            self._say(node, "`services` is missing")
        if self._problems:
            raise Wrong(self._problems)
        return Manifest(project=project, services=services or ())

    def _services(self, node: yaml.Node) -> Iterator[Wanted]:
        if not isinstance(node, yaml.MappingNode):
            self._say(node, "services must be a mapping of names to fields")
            return
        slugs: dict[str, str] = {}
        for name, key, value in self._entries(node):
            if not SERVICE_NAME.match(name):
                self._say(key, f"{name!r} must be 1 to 64 letters, digits, '-' and '_'")
                continue
            wanted = Wanted(name=name, fields=self._fields(name, value), line=_line(key))
            if (other := slugs.setdefault(wanted.slug, name)) != name:
                self._say(key, f"{name!r} and {other!r} are one name")
            yield wanted

    def _fields(self, name: str, node: yaml.Node) -> dict[str, Any]:
        if not isinstance(node, yaml.MappingNode):
            self._say(node, f"{name} must be a mapping of fields")
            return {}
        fields: dict[str, Any] = {}
        for field, key, value in self._entries(node):
            kind = FIELDS.get(field)
            if kind is None:
                self._say(key, f"{field!r} is no known field; known are {', '.join(FIELDS)}")
            elif kind is dict:
                fields[field] = self._env(value)
            elif field in NULLABLE and value.tag == f"{_TAG}null":
                fields[field] = None
            else:
                fields[field] = self._value(field, kind, value)
        if "repo" in fields and "image" in fields:
            self._say(node, f"{name} has a repo and an image; it can have one of them")
        return fields

    def _env(self, node: yaml.Node) -> dict[str, str]:
        if not isinstance(node, yaml.MappingNode):
            self._say(node, f"env must be {_WORDS[dict]}")
            return {}
        return {name: self._variable(name, value) for name, _, value in self._entries(node)}

    def _variable(self, name: str, node: yaml.Node) -> str:
        """Any plain value as it is written, or where it is to be found: a secret belongs into no
        file."""
        if isinstance(node, yaml.ScalarNode) and node.tag != f"{_TAG}null":
            return str(node.value)
        if isinstance(node, yaml.MappingNode):
            entries = list(self._entries(node))
            if [key for key, _, _ in entries] == ["from_environment"]:
                source = self._value("from_environment", str, entries[0][2]) or ""
                if source not in self._environment:
                    self._say(node, f"{name} is taken from {source!r}, which is not set")
                return self._environment.get(source, "")
        self._say(node, f"{name} must be text, or {{from_environment: NAME}}")
        return ""

    def _value(self, field: str, kind: type, node: yaml.Node) -> Any:
        tag = {str: f"{_TAG}str", int: f"{_TAG}int"}[kind]
        if not isinstance(node, yaml.ScalarNode) or node.tag != tag:
            self._say(node, f"{field} must be {_WORDS[kind]}")
            return None
        if kind is str:
            return str(node.value)
        try:
            return int(node.value.replace("_", ""), 10)
        except ValueError:
            self._say(node, f"{field} must be {_WORDS[kind]}, in digits")
            return None

    def _entries(self, node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
        """YAML's own reader lets the last of two equal keys win without a word."""
        seen: dict[str, int] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._say(key, "a key must be text")
                continue
            if key.value in seen:
                self._say(key, f"{key.value!r} is given in line {seen[key.value]} already")
                continue
            seen[key.value] = _line(key)
            yield key.value, key, value

    def _say(self, node: yaml.Node, sentence: str) -> None:
        self._problems.append((_line(node), sentence))


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
