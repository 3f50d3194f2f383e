"""Of every operation of every surface one request can be made; told without a stack."""

from tests.abuse.attempts import attempts


def test_every_operation_of_every_surface_can_be_tried() -> None:
    asked = [each for each in attempts() if not each.is_public]
    assert {each.surface for each in asked} >= {"ops", "outpost", "zenml", "amigo", "domino"}
    unnamed = {str(each): each.unknown for each in asked if each.unknown}
    assert not unnamed, "name what these stand for in tests/fuzz/naming.py"
    unsaid = {str(each): each.body for each in asked if not each.is_described}
    assert not unsaid, "add these to BODIES of operations.py, or to SAID of attempts.py"
