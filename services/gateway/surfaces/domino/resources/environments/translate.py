"""Between Domino's environments and ours: pure, both ways."""

from dataclasses import fields
from typing import Any, TypedDict, Unpack

from services.gateway.refusals import BadFields, Refused
from services.gateway.surfaces.domino.resources.environments import wire
from shared.domain.environment.commands import CreateEnvironment, Visibility
from shared.domain.environment.revision import Revision, Variable
from shared.kernel.secrets import PlainText
from shared.queries.environments import (
    EnvironmentDocument,
    RevealedRevision,
    RevisionDocument,
)

_NEEDED = ("name", "visibility", "image", "addBaseDependencies")


class Ids(TypedDict):
    environment_id: str
    account_id: str
    revision_id: str
    build_id: str


def check_new(body: wire.NewEnvironment) -> None:
    """A duplicate is told by its origin alone; anything else says what it is made of."""
    given = body.model_fields_set - {"duplicateFromEnvironmentId"}
    given = {name for name in given if getattr(body, name) is not None}
    if body.duplicateFromEnvironmentId is not None:
        problems = [(name, "is not taken where an environment is duplicated") for name in given]
    else:
        problems = [(name, "is required") for name in _NEEDED if getattr(body, name) is None]
        if body.orgOwnerId is not None and body.visibility == "global":
            problems.append(("orgOwnerId", "belongs to private environments only"))
    if problems:
        raise Refused(BadFields(problems=tuple(sorted(problems))))


def to_revision(body: wire.NewRevision, *, base_dependencies: bool = False) -> Revision:
    return Revision(
        image=body.image or "",
        dockerfile=body.dockerfileInstructions or "",
        pre_setup=body.preSetupScript or "",
        post_setup=body.postSetupScript or "",
        pre_run=body.preRunScript or "",
        post_run=body.postRunScript or "",
        variables=tuple(
            Variable(name=each.key, value=PlainText(text=each.value))
            for each in body.environmentVariables or ()
        ),
        tags=tuple(body.tags or ()),
        summary=body.summary or "",
        clusters=tuple(body.supportedClusters or ()),
        tools=tuple(tool.model_dump(exclude_none=True) for tool in body.workspaceTools or ()),
        skip_cache=body.skipCache or False,
        use_vpn=body.useVpn or False,
        base_dependencies=base_dependencies,
    )


def to_create(body: wire.NewEnvironment, **ids: Unpack[Ids]) -> CreateEnvironment:
    visibility: Visibility = body.visibility or "private"
    if body.orgOwnerId is not None:
        visibility = "organization"
    return CreateEnvironment(
        **ids,
        name=body.name or "",
        description=body.description or "",
        visibility=visibility,
        revision=to_revision(body, base_dependencies=body.addBaseDependencies or False),
        is_curated=body.isCurated or False,
        is_restricted=body.isRestricted or False,
    )


def to_duplicate(
    source: EnvironmentDocument, revealed: RevealedRevision, **ids: Unpack[Ids]
) -> CreateEnvironment:
    """The newest revision under a new name, for nobody but who asks."""
    values: dict[str, Any] = dict(revealed.declared)
    values["variables"] = tuple(
        Variable(name=name, value=PlainText(text=value)) for name, value in revealed.variables
    )
    for name in ("tags", "clusters", "tools"):
        values[name] = tuple(values[name])
    known = {field.name for field in fields(Revision)}
    return CreateEnvironment(
        **ids,
        name=f"Copy of {source.name}"[:200],
        description=source.description,
        visibility="private",
        revision=Revision(**{name: value for name, value in values.items() if name in known}),
        duplicate_of=source.id,
    )


def from_environment(document: EnvironmentDocument) -> wire.Environment:
    latest = document.latest
    shown = document.active or latest
    declared = shown.declared if shown is not None else {"clusters": (), "tags": ()}
    return wire.Environment(
        id=document.id,
        name=document.name,
        visibility=document.visibility,
        supportedClusters=list(declared["clusters"]),
        archived=document.is_archived,
        owner=wire.Owner(
            id=document.account_id,
            username=document.owner_handle,
            ownerType="organization" if document.owner_kind == "organization" else "individual",
        ),
        isCurated=document.is_curated,
        internalTags=[],
        activeRevisionTags=list(declared["tags"]),
        latestRevision=None if latest is None else from_revision(latest),
        selectedRevision=None if shown is None else from_revision(shown),
        restrictedRevision=None
        if document.restricted is None
        else from_revision(document.restricted),
    )


def from_revision(document: RevisionDocument) -> wire.Revision:
    return wire.Revision(
        id=document.id,
        number=document.number,
        availableTools=[wire.Tool.model_validate(tool) for tool in document.declared["tools"]],
        status=document.status,
    )
