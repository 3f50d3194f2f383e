"""Git credentials: kept by reference, added and removed once, by their owner alone."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.facts import Facts
from shared.domain.git_credential.aggregate import GIT_CREDENTIAL
from shared.domain.git_credential.commands import AddGitCredential, RemoveGitCredential
from shared.domain.git_credential.events import GitCredentialAdded, GitCredentialRemoved
from shared.domain.rejections import Conflicting, Invalid, NotFound
from shared.kernel.secrets import PlainText, SecretRef
from tests.support.given import given

ID, ANN = "1a" * 12, "2b" * 12
REF = SecretRef(secret_id="3c" * 12, mac="4d" * 32)
ADD = AddGitCredential(
    git_credential_id=ID,
    principal_id=ANN,
    name="My creds",
    domain="git.example:3000",
    secret=REF,
    provider="gitLab",
    username="oauth2",
)
ADDED = GitCredentialAdded(
    git_credential_id=ID,
    principal_id=ANN,
    name="My creds",
    domain="git.example:3000",
    secret=REF,
    provider="gitLab",
    protocol="https",
    username="oauth2",
)
REMOVE = RemoveGitCredential(git_credential_id=ID, principal_id=ANN)
REMOVED = GitCredentialRemoved(git_credential_id=ID, principal_id=ANN)


def test_a_credential_is_added_once_and_claims_nothing() -> None:
    given().when(ADD).then(ADDED).then_claimed()
    given(ADDED).when(ADD).then_rejected(Conflicting, state="exists")
    given(ADDED, REMOVED).when(ADD).then_rejected(Conflicting, state="exists")


def test_it_is_removed_once_by_its_owner() -> None:
    given(ADDED).when(REMOVE).then(REMOVED)
    given(ADDED, REMOVED).when(REMOVE).then_rejected(NotFound, kind="git_credential")
    foreign = replace(REMOVE, principal_id="ff" * 12)
    given(ADDED).when(foreign).then_rejected(NotFound, kind="git_credential")
    given().when(REMOVE).then_rejected(NotFound, kind="git_credential")


def test_nobody_who_is_gone_has_credentials() -> None:
    given().when(ADD, Facts()).then_rejected(NotFound, kind="principal", key=ANN)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"domain": ""}, "domain"),
        ({"domain": "https://git.example"}, "domain"),
        ({"domain": "GIT.example"}, "domain"),
        ({"domain": "git.example/a"}, "domain"),
        ({"username": "a:b"}, "username"),
        ({"username": ""}, "username"),
    ],
)
def test_what_no_server_is_called_is_refused(change: dict[str, Any], field: str) -> None:
    given().when(replace(ADD, **change)).then_rejected(Invalid, field=field)


@pytest.mark.parametrize("text", ["", " ", "x" * 16_385])
def test_a_secret_is_looked_at_before_it_is_sealed(text: str) -> None:
    rejection = GIT_CREDENTIAL.unsealable(replace(ADD, secret=PlainText(text=text)))
    assert rejection is not None
    assert rejection.field == "secret"


def test_a_secret_lies_under_its_owners_key() -> None:
    plain = replace(ADD, secret=PlainText(text="token"))
    ((owner, name, secret),) = GIT_CREDENTIAL.secrets(plain, GIT_CREDENTIAL.initial)
    assert (owner, secret.text) == (ANN, "token")
    assert GIT_CREDENTIAL.sealed(plain, {name: REF}) == ADD
