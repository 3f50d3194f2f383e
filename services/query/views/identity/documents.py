"""Rows of the identity view as documents. The order of columns is that of the SQL files."""

from services.query.asked import Asked, Row
from shared.access.actions import ACTIONS
from shared.kernel.json import loads
from shared.queries.identity import (
    ApiKeyDocument,
    GrantDocument,
    PrincipalDocument,
    ProjectDocument,
)


def principal(row: Row) -> PrincipalDocument:
    return PrincipalDocument(
        id=row[0],
        kind=row[1],
        handle=row[2],
        name=row[3],
        email=row[4],
        account_id=row[5],
        home_project_id=row[6],
        members=_roles(row[7]),
        created_at=row[8],
        updated_at=row[9],
    )


def project(row: Row, asked: Asked) -> ProjectDocument:
    return ProjectDocument(
        id=row[0],
        account_id=row[1],
        handle=row[2],
        name=row[3],
        description=row[4],
        is_home=row[5],
        collaborators=_roles(row[6]),
        created_at=row[7],
        updated_at=row[8],
        may=tuple(sorted(action for action in ACTIONS if asked.may(action, row[0]))),
    )


def api_key(row: Row) -> ApiKeyDocument:
    return ApiKeyDocument(
        id=row[0],
        principal_id=row[1],
        name=row[2],
        expires_at=row[3],
        revoked_at=row[4],
        created_at=row[5],
    )


def grant(row: Row) -> GrantDocument:
    return GrantDocument(
        id=row[0], principal_id=row[1], action=row[2], resource=row[3], created_at=row[4]
    )


def _roles(text: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(loads(text).items()))
