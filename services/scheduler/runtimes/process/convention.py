"""How a repository says it runs, by the conventions people know. Pure decisions over a few files
read with care.

First found wins: explicit command, Procfile `web:`, an entry of Python, an entry of Node.
README.md beside it has the table.
"""

import json
import os
import re
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_READ_MAX = 1024 * 1024
_WEB = re.compile(r"^web\s*:\s*(.+?)\s*$", re.MULTILINE)
_SERVERS = {"fastapi", "starlette", "uvicorn", "litestar", "quart", "sanic", "falcon"}
_PYTHON_FILES = ("app.py", "main.py", "server.py", "wsgi.py", "asgi.py", "__main__.py")
_ASGI_APP = re.compile(r"^(?:app|application)\s*(?::[^=\n]+)?=", re.MULTILINE)
_NAME = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`command` is run in the tree; `python` and `node` say which installs come before."""

    command: tuple[str, ...]
    how: str
    python: tuple[str, ...] | None = None
    """Arguments for `pip install`; None or empty: nothing to install, no environment is made."""
    node: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoWay:
    reason: str


def plan(tree: Path | None, command: str | None) -> Plan | NoWay:
    if tree is None:
        if not command:
            return NoWay(reason="no way to run: neither a repository nor a command")
        return Plan(command=_shell(command), how="command")
    try:
        return _plan_tree(tree, command)
    except ValueError as error:
        return NoWay(reason=f"no way to run: {error}")


def is_named(tree: Path | None, command: str | None) -> bool:
    """Whether somebody says outright which line to run: then nothing else is looked for."""
    web = read_text(tree / "Procfile") if tree is not None else None
    return bool(command) or _WEB.search(web or "") is not None


def _plan_tree(tree: Path, command: str | None) -> Plan | NoWay:
    project = _pyproject(tree)
    requirements = _requirements(tree, project)
    package = _package(tree)
    node = package is not None and _needs_install(tree, package)
    found = _command(tree, command, project, requirements, package)
    if found is None:
        return NoWay(reason=_nothing_found(tree))
    argv, how = found
    install = _pip_arguments(tree, project, requirements, how)
    return Plan(command=argv, how=how, python=install, node=node)


def _command(
    tree: Path,
    command: str | None,
    project: dict[str, Any],
    requirements: set[str],
    package: dict[str, Any] | None,
) -> tuple[tuple[str, ...], str] | None:
    if command:
        return _shell(command), "command"
    web = _WEB.search(read_text(tree / "Procfile") or "")
    if web:
        return _shell(web.group(1)), "Procfile"
    return _python_entry(tree, project, requirements) or _node_entry(tree, package)


def _shell(line: str) -> tuple[str, ...]:
    # A Procfile line is a shell line on purpose; it is passed as it is and never put together
    # with anything of ours.
    return ("sh", "-c", line)


def _python_entry(
    tree: Path, project: dict[str, Any], requirements: set[str]
) -> tuple[tuple[str, ...], str] | None:
    scripts = project.get("project", {}).get("scripts", {})
    if len(scripts) == 1:
        return (str(next(iter(scripts))),), "pyproject.toml script"
    for name in _PYTHON_FILES:
        source = read_text(tree / name)
        if source is None:
            continue
        if _is_asgi(source, requirements):
            target = f"{name.removesuffix('.py')}:{_asgi_name(source)}"
            line = f'exec python -m uvicorn {target} --host 0.0.0.0 --port "$PORT"'
            return ("sh", "-c", line), f"uvicorn {target}"
        return ("python", name), name
    return None


def _is_asgi(source: str, requirements: set[str]) -> bool:
    starts_itself = "__main__" in source or "uvicorn.run" in source
    return bool(requirements & _SERVERS) and not starts_itself and bool(_ASGI_APP.search(source))


def _asgi_name(source: str) -> str:
    found = _ASGI_APP.search(source)
    return "application" if found and found.group().startswith("application") else "app"


def _node_entry(tree: Path, package: dict[str, Any] | None) -> tuple[tuple[str, ...], str] | None:
    if package is None:
        return None
    scripts = package.get("scripts")
    if isinstance(scripts, dict) and isinstance(scripts.get("start"), str):
        return ("npm", "start", "--silent"), "npm start"
    for name in (package.get("main"), "server.js", "index.js", "app.js"):
        if isinstance(name, str) and read_text(tree / name) is not None:
            return ("node", name), f"node {name}"
    return None


def _pyproject(tree: Path) -> dict[str, Any]:
    text = read_text(tree / "pyproject.toml")
    try:
        return tomllib.loads(text) if text else {}
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"pyproject.toml: {error}") from error


def _requirements(tree: Path, project: dict[str, Any]) -> set[str]:
    lines = (read_text(tree / "requirements.txt") or "").splitlines()
    lines += [str(line) for line in project.get("project", {}).get("dependencies", [])]
    found = (_NAME.match(line) for line in lines)
    return {match.group(1).lower().replace("_", "-") for match in found if match}


def _pip_arguments(
    tree: Path, project: dict[str, Any], requirements: set[str], how: str
) -> tuple[str, ...] | None:
    text = read_text(tree / "requirements.txt") or ""
    listed = any(line.strip() and not line.strip().startswith("#") for line in text.splitlines())
    declared = project.get("project", {})
    names: tuple[str, ...] = ()
    if "build-system" in project or declared.get("scripts"):
        names = (".",)
    elif not listed:
        names = tuple(str(line) for line in declared.get("dependencies", []))
    if how.startswith("uvicorn ") and "uvicorn" not in requirements and "--hash" not in text:
        names = (*names, "uvicorn")
    options = ("-r", "requirements.txt") if listed else ()
    return (*options, "--", *names) if options or names else None


def _package(tree: Path) -> dict[str, Any] | None:
    text = read_text(tree / "package.json")
    if text is None:
        return None
    try:
        package = json.loads(text)
    except ValueError as error:
        raise ValueError(f"package.json: {error}") from error
    if not isinstance(package, dict):
        raise ValueError("package.json: not an object")
    return package


def _needs_install(tree: Path, package: dict[str, Any]) -> bool:
    scripts = package.get("scripts")
    builds = isinstance(scripts, dict) and "build" in scripts
    return builds or bool(package.get("dependencies")) or (tree / "package-lock.json").exists()


def _nothing_found(tree: Path) -> str:
    if (tree / "Dockerfile").exists():
        return (
            "no way to run: a Dockerfile needs an engine for images, which this machine lacks; "
            "add a Procfile with a `web:` line"
        )
    return (
        "no way to run: no command, no Procfile with a `web:` line, no Python entry "
        "(app.py, main.py, server.py or one [project.scripts]) "
        "and no package.json with a start script"
    )


def read_text(path: Path) -> str | None:
    """A regular file of the tree, not through a link and not without a bound."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        content = file.read(_READ_MAX + 1)
    if len(content) > _READ_MAX:
        raise ValueError(f"{path.name} is larger than 1 MiB")
    return content.decode("utf-8", "replace")
