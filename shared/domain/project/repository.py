"""The git repository that a project's work comes from, where it is not the project's own."""

import re
from dataclasses import dataclass
from typing import Literal

from shared.domain.git import Provider
from shared.domain.rejections import Invalid

RefKind = Literal["head", "branch", "tag", "commit"]

URI_LENGTH_MAX = 2000
REF_LENGTH_MAX = 255
# A URL without a password in it, `user@host:path`, or `namespace/repo` under the git base.
_URL = re.compile(r"(?:https?|ssh|git)://(?:[A-Za-z0-9._~-]+@)?[^\s@/?#]+/[^\s?#]+\Z")
_SCP = re.compile(r"[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:[^\s?#]+\Z")
_OURS = re.compile(r"[A-Za-z0-9._-]+/[A-Za-z0-9._-]+\Z")
_REF = re.compile(r"(?![/.-])(?!.*(?:\.\.|//|@\{|\.lock\Z))[^\s~^:?*\[\\\x00-\x1f\x7f]+(?<![/.])\Z")
_COMMIT = re.compile(r"[0-9a-f]{7,40}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """`ref` is a branch, a tag or a commit; None with `head`. `credential_id` names a credential of
    the one who linked it; the secret itself is in the vault."""

    repository_id: str
    uri: str
    name: str | None = None
    provider: Provider = "unknown"
    ref_kind: RefKind = "head"
    ref: str | None = None
    credential_id: str | None = None


def repository_rejection(repository: Repository) -> Invalid | None:
    uri = repository.uri
    if len(uri) > URI_LENGTH_MAX or not any(form.match(uri) for form in (_URL, _SCP, _OURS)):
        return Invalid(
            field="repository.uri", message="must be the URL of a repository, without a password"
        )
    if repository.name is not None and not 1 <= len(repository.name.strip()) <= 200:
        return Invalid(field="repository.name", message="must have 1 to 200 characters")
    return _ref_rejection(repository.ref_kind, repository.ref)


def _ref_rejection(kind: RefKind, ref: str | None) -> Invalid | None:
    field = "repository.ref"
    if kind == "head":
        return None if ref is None else Invalid(field=field, message="belongs to no head")
    if ref is None or len(ref) > REF_LENGTH_MAX or not _REF.match(ref):
        return Invalid(field=field, message=f"must name a {kind}")
    if kind == "commit" and not _COMMIT.match(ref):
        return Invalid(field=field, message="must be 7 to 40 hexadecimal digits")
    return None
