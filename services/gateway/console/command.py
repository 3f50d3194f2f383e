"""The question of a page as the command that asks the same in a terminal: the console teaches it.

A service is named by its id: slugs are used again, and only what is deployed is found by one. What
somebody may have typed is one word with its option, as it may begin like one."""

import re
import shlex
from collections.abc import Mapping
from typing import Final

_SERVICE: Final = re.compile(
    r"/console/p/(?P<handle>[^/]+)/s/(?:[^/~]*~)?(?P<service>[0-9a-f]{24})(?:/(?P<tab>[a-z-]+))?\Z"
)
_PROJECT: Final = re.compile(r"/console/p/(?P<handle>[^/]+)(?:/(?P<part>[a-z]+))?\Z")
_ONE: Final = re.compile(r"/console/(?P<kind>why|webhooks)/(?P<id>[0-9a-f]+)\Z")
_JOB: Final = re.compile(r"/console/p/[^/]+/jobs/(?P<id>[0-9a-f]{24})\Z")
_TABS: Final = {
    None: ("services", "get"),
    "history": ("history",),
    "logs": ("logs",),
    "scaling": ("scaling",),
}
_PAGES: Final = {
    "/console/projects": ("projects",),
    "/console/services": ("services", "list", "--all"),
    "/console/events": ("events",),
    "/console/keys": ("keys", "list"),
    "/console/grants": ("grants", "list"),
    "/console/webhooks": ("webhooks", "list"),
}


def command_of(path: str, query: Mapping[str, str], as_of: str | None) -> str | None:
    """None for a page that no verb asks for."""
    words = _words(path, query)
    if words is None:
        return None
    moment = (f"--as-of={as_of}",) if as_of else ()
    return shlex.join(("chronoplane", *words, *moment))


def _words(path: str, query: Mapping[str, str]) -> tuple[str, ...] | None:
    if path == "/console/services":
        return (*_PAGES[path], *_narrowed(query))
    if path in _PAGES:
        return _PAGES[path]
    if (job := _JOB.match(path)) is not None:
        return ("jobs", "get", job["id"])
    if (one := _ONE.match(path)) is not None:
        return ("why", one["id"]) if one["kind"] == "why" else ("webhooks", "deliveries", one["id"])
    if (service := _SERVICE.match(path)) is not None:
        return (*_TABS[service["tab"]], service["service"]) if service["tab"] in _TABS else None
    if (project := _PROJECT.match(path)) is not None:
        return _of_project(project["handle"], project["part"], query)
    return None


def _of_project(handle: str, part: str | None, query: Mapping[str, str]) -> tuple[str, ...] | None:
    project = f"--project={handle}"
    match part, query.get("view"):
        case "jobs", _:
            return ("jobs", "list", project)
        case "limits", _:
            return ("quota", "show", project)
        case None, "graph":
            focus = query.get("focus")
            return ("graph", project, *((f"--focus=topic:{focus}",) if focus else ()))
        case None, "changes":
            return ("events", project)
        case None, _:
            return ("services", "list", project, *_narrowed(query))
        case _:
            return None


def _narrowed(query: Mapping[str, str]) -> tuple[str, ...]:
    state, text = query.get("state"), query.get("q")
    return (
        *((f"--state={state}",) if state else ()),
        *((f"--query={text}",) if text else ()),
    )
