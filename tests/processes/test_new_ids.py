"""Ids: in order of making, also when the clock steps back; the same for the same client key."""

from datetime import UTC, datetime, timedelta

from shared.kernel.ids import is_id
from shared.runtime.ids import DerivedIds, IdSource


class SetClock:
    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.moment.timestamp()


def test_ids_of_one_second_keep_the_order_of_their_making() -> None:
    source = IdSource(SetClock())
    made = [source.new() for _ in range(2_000)]
    assert made == sorted(set(made))
    assert all(map(is_id, made))


def test_a_clock_that_steps_back_makes_no_older_id() -> None:
    clock = SetClock()
    source = IdSource(clock)
    before = source.new()
    clock.moment -= timedelta(hours=1)
    assert source.new() > before


def test_the_same_key_of_the_same_actor_gives_the_same_command() -> None:
    ids = DerivedIds(b"secret")
    first = ids.command_id(actor="user:a", surface="ops", key="K")
    assert first == ids.command_id(actor="user:a", surface="ops", key="K")
    assert first != ids.command_id(actor="user:b", surface="ops", key="K")
    assert first != ids.command_id(actor="user:a", surface="outpost", key="K")
    assert first != DerivedIds(b"other").command_id(actor="user:a", surface="ops", key="K")


def test_where_one_part_ends_and_the_next_begins_matters() -> None:
    ids = DerivedIds(b"secret")
    assert ids.command_id(actor="ab", surface="c", key="K") != ids.command_id(
        actor="a", surface="bc", key="K"
    )
