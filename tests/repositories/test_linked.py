"""A repository at a server that the operator names, and the login that is shown there."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dulwich.repo import Repo

from services.scheduler.executions.repositories import JobRepositories
from services.scheduler.repositories.address import Location, Login, RepositoryRefused
from services.scheduler.repositories.fetch import Checkout
from services.scheduler.repositories.linked import NOT_NAMED, linked
from shared.domain.execution.commands import GitRef
from shared.queries.executions import GitLogin, ProjectWork
from tests.support.git import push
from tests.support.git_server import GitServer, git_server

SERVERS = ("https://github.com", "https://git.example:8443/teams", "http://git.local")
LAB = GitLogin(
    domain="github.com", provider="github", protocol="https", username=None, secret="ghp-secret"
)
SECRET = "tok-" + "ab12cd34"


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("https://github.com/acme/churn", "https://github.com/acme/churn"),
        ("https://github.com:443/acme/churn.git", "https://github.com/acme/churn.git"),
        ("https://ann@github.com/acme/churn/", "https://github.com/acme/churn"),
        ("https://git.example:8443/teams/a/b/c", "https://git.example:8443/teams/a/b/c"),
    ],
)
def test_a_url_below_a_named_server_is_taken(uri: str, place: str) -> None:
    assert linked(uri, SERVERS, None) == Location(kind="url", place=place)


@pytest.mark.parametrize(
    "uri",
    [
        "https://github.com.evil.example/acme/churn",
        "https://evil.example/github.com/acme",
        "http://github.com/acme/churn",
        "https://github.com:444/acme/churn",
        "https://git.example:8443/others/a",
        "https://git.example:8443/teams-of-others/a",
        "https://127.0.0.1/acme/churn",
        "ssh://git@github.com/acme/churn",
        "git@github.com:acme/churn",
    ],
)
def test_any_other_place_is_refused(uri: str) -> None:
    assert linked(uri, SERVERS, LAB) == NOT_NAMED


@pytest.mark.parametrize(
    "uri",
    [
        "https://github.com/../churn",
        "https://github.com/acme/-o",
        "https://github.com/a b/c",
        "https://github.com/",
        "https://github.com:x/acme/churn",
    ],
)
def test_a_path_that_is_none_is_refused(uri: str) -> None:
    found = linked(uri, SERVERS, LAB)
    assert isinstance(found, RepositoryRefused) and found != NOT_NAMED


@pytest.mark.parametrize(
    ("uri", "changes", "user"),
    [
        ("https://github.com/a/b", {}, "x-access-token"),
        ("https://github.com/a/b", {"username": "ann"}, "ann"),
        ("https://bob@github.com/a/b", {"provider": "unknown"}, "bob"),
        ("https://github.com/a/b", {"provider": "unknown"}, "git"),
        ("https://git.example:8443/teams/a", {"domain": "git.example:8443"}, "x-access-token"),
        # Another server, another port, another protocol, or readable on the way: nothing is shown.
        ("https://github.com/a/b", {"domain": "gitlab.com"}, None),
        ("https://git.example:8443/teams/a", {"domain": "git.example"}, None),
        ("https://github.com/a/b", {"protocol": "ssh"}, None),
        ("http://git.local/a/b", {"domain": "git.local"}, None),
    ],
)
def test_a_credential_is_shown_to_its_own_server_only(
    uri: str, changes: dict[str, Any], user: str | None
) -> None:
    credential = replace(LAB, **changes)
    found = linked(uri, SERVERS, credential)
    assert isinstance(found, Location)
    assert found.login == (None if user is None else Login(user=user, secret="ghp-secret"))
    assert "ghp-secret" not in repr(found)


def project(server: GitServer, credential: GitLogin | None) -> ProjectWork:
    return ProjectWork(
        id="ab" * 12,
        handle="work",
        name="work",
        owner_handle="ann",
        repository=f"{server.url}/acme/work",
        repository_ref=GitRef(kind="head"),
        results="main",
        credential=credential,
    )


async def test_a_private_repository_is_checked_out_and_the_secret_stands_nowhere(
    tmp_path: Path,
) -> None:
    first = push(tmp_path, "acme/work", {"main.py": "print('first')\n"})
    newest = push(tmp_path, "acme/work", {"main.py": "print('second')\n"})
    with (
        Repo(str(tmp_path / "acme/work")) as repository,
        git_server({"acme/work": repository}, secret=SECRET) as server,
    ):
        jobs = JobRepositories(
            git_base=str(tmp_path / "base"),
            servers=(server.url,),
            own=tmp_path / "own",
            checkouts=tmp_path / "out",
        )
        login = GitLogin(
            domain=server.domain,
            provider="unknown",
            protocol="https",
            username="ann",
            secret=SECRET,
        )
        for credential in (None, replace(login, secret="another")):
            for commit in ("", first):
                closed = await jobs.check_out(project(server, credential), None, commit)
                assert isinstance(closed, RepositoryRefused), closed
                assert "wants a login" in closed.reason
        found = await jobs.check_out(project(server, login), None, "")
        assert isinstance(found, Checkout), found
        assert (found.commit, (found.folder / "main.py").read_text()) == (
            newest,
            "print('second')\n",
        )
        older = await jobs.check_out(project(server, login), None, first)
        assert isinstance(older, Checkout) and older.commit == first
    assert server.requests > server.refused > 0
    assert server.seen_in == set()
    kept = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert kept and not any(SECRET.encode() in path.read_bytes() for path in kept)
