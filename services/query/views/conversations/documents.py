"""Rows of the conversations view as documents. The order of columns is that of the SQL files."""

from services.query.asked import Row
from shared.kernel.json import loads
from shared.queries.conversations import (
    ConversationDocument,
    CriterionDocument,
    RecordDocument,
    RecordVersionDocument,
    UnitTestDocument,
    VersionSetDocument,
)


def conversation(row: Row) -> ConversationDocument:
    facet = loads(row[4])
    return ConversationDocument(
        service_id=row[0],
        project_id=row[1],
        name=row[2],
        description=row[3],
        agent_id=facet["agent_id"],
        state_machine_id=facet["state_machine_id"],
        is_active=facet["is_active"],
        tags=tuple((key, value) for key, value in facet["tags"]),
        keyterms=tuple(facet["keyterms"]),
        version_sets={
            name: VersionSetDocument(**version_set)
            for name, version_set in facet["version_sets"].items()
        },
        unit_tests={name: tuple(ids) for name, ids in facet["unit_tests"].items()},
        created_at=row[5],
        updated_at=row[6],
        created_by=row[7],
        updated_by=row[8],
    )


def unit_test(row: Row) -> UnitTestDocument:
    return UnitTestDocument(
        id=row[0],
        project_id=row[1],
        service_id=row[2],
        name=row[3],
        description=row[4],
        version_set_name=row[5],
        persona_id=row[6],
        scenario_id=row[7],
        interactions_max=row[8],
        success_criteria=tuple(CriterionDocument(**criterion) for criterion in loads(row[9])),
        tags=tuple((key, value) for key, value in loads(row[10])),
        is_deleted=row[11],
        created_at=row[12],
        updated_at=row[13],
        created_by=row[14],
        updated_by=row[15],
    )


def record(row: Row) -> RecordDocument:
    return RecordDocument(
        id=row[0],
        project_id=row[1],
        kind=row[2],
        name=row[3],
        description=row[4],
        is_deprecated=row[5],
        versions=row[6],
        created_at=row[7],
        updated_at=row[8],
    )


def record_version(row: Row) -> RecordVersionDocument:
    return RecordVersionDocument(
        number=row[0], content=loads(row[1]), created_at=row[2], created_by=row[3]
    )
