"""Statements for many rows: turned over where that is safe, else written down or left alone."""

import pytest

from services.query.registry import PROJECTED
from services.query.statements import Statements
from services.query.together import turned_over
from services.query.view import View

ENDED = (
    "with ended as (\n  update view.thing t set valid_to = %(position)s\n"
    "   where t.id = %(id)s and t.valid_to is null\n  returning t.*)\n"
    "insert into view.thing (id, valid_from, name)\n"
    "select id, %(position)s, coalesce(%(name)s::text, name)\n  from ended"
)


def test_what_was_given_travels_with_the_row_that_ended() -> None:
    assert turned_over(ENDED) == (
        "with $given,\nended as (update view.thing t set valid_to = w_position from given\n"
        "   where t.id = w_id and t.valid_to is null\n  returning t.*, given.*)\n"
        "insert into view.thing (id, valid_from, name)\n"
        "select id, w_position, coalesce(w_name::text, name)\n  from ended"
    )


@pytest.mark.parametrize(
    "statement",
    [
        ENDED.replace("from ended", "from (select 1) one left join ended e on true"),
        ENDED.replace("\n  returning t.*", ""),
        ENDED.replace("from ended", "from view.other"),
        "with ended as (select 1) insert into view.thing (id) select 1 from ended",
        "insert into view.thing (id) select s.id from view.s s where s.id = %(id)s limit 1",
        "delete from view.thing where id = %(id)s",
        "update view.thing t set n = 1 from view.other o where o.id = %(id)s and t.id = o.id",
    ],
)
def test_a_shape_that_is_not_known_is_left_alone(statement: str) -> None:
    assert turned_over(statement) is None


@pytest.mark.parametrize("view", PROJECTED, ids=lambda view: view.name)
def test_a_text_for_many_belongs_to_a_statement_that_writes_the_same(view: View) -> None:
    statements = Statements.of(view.sql)
    for file in (view.sql / "many").glob("*.sql"):
        one, many = statements.write(file.stem), statements.many(file.stem)
        assert many is not None and many.count("$given") == 1 and "%(" not in many
        for verb in ("insert into view.", "update view."):
            assert one.count(verb) == many.count(verb), file.name
