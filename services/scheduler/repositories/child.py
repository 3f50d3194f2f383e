"""The limited child process that reads a hostile repository: resolve, fetch, write the tree,
answer one line of JSON.

Runs as `python -m services.scheduler.repositories.child`, request on stdin. Bombs end here:
processor time, memory and file size are capped by the kernel, time by the parent, counts by the
walk. It never runs a hook, a filter or another program.
"""

import json
import os
import resource
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path

from dulwich.client import HTTPUnauthorized
from dulwich.errors import GitProtocolError, HangupException, NotGitRepository
from dulwich.object_store import BaseObjectStore
from dulwich.objects import Commit, ObjectID
from dulwich.repo import Repo

from services.scheduler.repositories.address import Location, Login
from services.scheduler.repositories.checkout import TreeRefused, write_tree
from services.scheduler.repositories.limits import RepositoryLimits
from services.scheduler.repositories.remote import (
    RemoteBroken,
    RemoteLocked,
    RemoteMissing,
    choose_head,
    http_client,
    read_refs,
)

Answer = dict[str, str]


@dataclass(frozen=True, slots=True)
class Source:
    """`commit` None is the branch's newest."""

    location: Location
    branch: str | None
    commit: str | None


def main() -> None:
    request = json.load(sys.stdin)
    limits = RepositoryLimits(**request["limits"])
    _limit_process(limits)
    login = Login(**request["login"]) if request["login"] else None
    location = Location(kind=request["kind"], place=request["place"], login=login)
    source = Source(location, request["branch"], request["commit"])
    answer = _answer(source, Path(request["scratch"]), limits)
    print(json.dumps(answer))


def _limit_process(limits: RepositoryLimits) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 2))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    largest = max(limits.pack_bytes, limits.file_bytes)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))


def _answer(source: Source, scratch: Path, limits: RepositoryLimits) -> Answer:
    try:
        return _check_out(source, scratch, limits)
    except TreeRefused as refusal:
        return {"refused": str(refusal)}
    except MemoryError:
        return {"refused": "too large"}
    except RemoteMissing:
        return {"unknown": "repository"}
    except (RemoteLocked, HTTPUnauthorized):
        return {"unknown": "login"}
    except (KeyError, zlib.error, ValueError, EOFError, AssertionError) as error:
        # dulwich reports broken objects by whatever its parser tripped over.
        return {"refused": "broken object", "detail": type(error).__name__}
    except (RemoteBroken, GitProtocolError, HangupException) as error:
        return {"broken": f"{type(error).__name__}: {error}"[:300]}
    except OSError as error:
        return {"refused": "too large"} if error.errno == 27 else {"broken": str(error)[:300]}


def _check_out(source: Source, scratch: Path, limits: RepositoryLimits) -> Answer:
    head = choose_head(read_refs(source.location), source.branch)
    if head is None:
        return {"unknown": "branch"}
    wanted = head if source.commit is None else ObjectID(source.commit.encode())
    store = _objects(source.location, wanted, head, scratch)
    if wanted != head and wanted not in store:
        return {"unknown": "commit"}
    commit = store[wanted]
    if not isinstance(commit, Commit):
        raise TreeRefused("branch is not a commit")
    target = scratch / "tree"
    target.mkdir()
    write_tree(store, commit.tree, os.fspath(target), limits)
    message = commit.message.decode("utf-8", "replace").split("\n", 1)[0][:200]
    return {"commit": wanted.decode(), "subject": message}


def _objects(
    location: Location, wanted: ObjectID, head: ObjectID, scratch: Path
) -> BaseObjectStore:
    """Some servers give no commit that is not the end of a branch: from those the whole branch."""
    if location.kind == "folder":
        try:
            return Repo(location.place).object_store
        except NotGitRepository as error:
            raise RemoteMissing(location.place) from error
    try:
        return _fetched(location, wanted, scratch / "objects", depth=1)
    except (GitProtocolError, HangupException, KeyError):
        if wanted == head:
            raise
        return _fetched(location, head, scratch / "history", depth=None)


def _fetched(
    location: Location, commit: ObjectID, objects: Path, depth: int | None
) -> BaseObjectStore:
    repository = Repo.init_bare(os.fspath(objects), mkdir=True)
    client, path = http_client(location.place, location.login)
    client.fetch(path, repository, determine_wants=lambda _refs, depth=None: [commit], depth=depth)
    return repository.object_store


if __name__ == "__main__":
    main()
