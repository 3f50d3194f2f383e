"""Several probers: who looks at what, who lives, and what moves when one comes or goes."""

import asyncio
from collections import Counter

from services.prober.judge import Answer, Verdict
from services.prober.share import Share, ranked
from tests.prober.office import BUSY, FINE, SILENT, Ward, id_of, target, until
from tests.prober.test_rounds import going

KEYS = [id_of(number) for number in range(2000)]


def share_of(me: str, *others: str) -> Share:
    share = Share(me, lease=3.0)
    for other in others:
        share.heard(other, 0.0)
    return share


def test_every_target_has_exactly_one_prober_and_the_shares_are_even() -> None:
    probers = ["a", "b", "c", "d", "e"]
    shares = {me: share_of(me, *probers) for me in probers}
    owners = [[me for me, share in shares.items() if share.owns(key)] for key in KEYS]
    assert all(len(names) == 1 for names in owners)
    counts = Counter(names[0] for names in owners)
    assert all(340 < count < 460 for count in counts.values())


def test_a_newcomer_takes_only_its_own_share_and_nothing_moves_between_the_others() -> None:
    before = {key: ranked(key, ["a", "b", "c"])[0] for key in KEYS}
    after = {key: ranked(key, ["a", "b", "c", "d"])[0] for key in KEYS}
    moved = [key for key in KEYS if before[key] != after[key]]
    assert {after[key] for key in moved} == {"d"}
    assert 0.2 < len(moved) / len(KEYS) < 0.3


def test_a_prober_lives_as_long_as_its_lease_and_leaves_at_once_when_it_says_so() -> None:
    share = Share("a", lease=3.0)
    assert share.heard("b", 10.0)
    assert not share.heard("b", 11.0)
    assert not share.pass_time(13.9)
    assert list(share.members) == ["a", "b"]
    assert share.pass_time(14.0)
    assert list(share.members) == ["a"]
    share.heard("b", 20.0)
    assert share.left("b", 20.5)
    assert list(share.members) == ["a"]


def test_who_could_not_be_heard_for_want_of_a_bus_gets_a_new_lease() -> None:
    share = share_of("a", "b")
    share.renew(100.0)
    assert not share.pass_time(102.0)
    assert share.members == ("a", "b")


async def test_only_what_is_ours_is_probed_and_the_rest_within_two_seconds_of_a_death() -> None:
    share = share_of("me", "other")
    mine = {key for key in KEYS[:40] if share.owns(key)}
    ward = Ward()
    rounds = ward.rounds(owns=share.owns)
    async with going(rounds):
        for number in range(40):
            rounds.add(target(number), is_ready=True, age=0.0, seen_at=1)
        await asyncio.sleep(0.3)
        assert set(ward.probed) == mine
        assert rounds.share == len(mine)
        share.left("other", 1.0)
        rounds.share_again()
        await until(lambda: set(ward.probed) == set(KEYS[:40]))
        assert rounds.share == 40
        share.heard("other", 2.0)
        rounds.share_again()
        await asyncio.sleep(0.1)
        ward.probed.clear()
        await asyncio.sleep(0.2)
        assert set(ward.probed) == mine
    assert ward.told == []


async def test_what_another_prober_told_is_known_when_its_targets_become_ours() -> None:
    share = share_of("me", "other")
    key = next(key for key in KEYS if not share.owns(key))
    ward = Ward(answers={key: FINE})
    rounds = ward.rounds(owns=share.owns)
    async with going(rounds):
        rounds.add(target(int(key, 16)), is_ready=True, age=0.0, seen_at=1)
        rounds.heard(key, is_ready=False)  # The other one saw it fall.
        share.left("other", 1.0)
        rounds.share_again()
        await until(lambda: ward.told)
    assert ward.told == [(key, Verdict(ready=True))]


async def test_a_fall_is_told_only_where_the_second_opinion_agrees() -> None:
    ward = Ward(otherwise=SILENT)
    asked: list[str] = []
    opinion = [FINE]

    async def second(key: str) -> Answer | None:
        asked.append(key)
        return opinion[0]

    rounds = ward.rounds(second=second)
    async with going(rounds):
        rounds.add(target(1), is_ready=True, age=0.0, seen_at=1)
        await until(lambda: len(asked) > 2)
        assert ward.told == []
        opinion[0] = BUSY
        await until(lambda: ward.told)
    assert ward.told == [(id_of(1), Verdict(ready=False, reason="connection refused"))]


async def test_where_nobody_has_a_second_opinion_nothing_is_told() -> None:
    ward = Ward(otherwise=SILENT)
    asked: list[str] = []

    async def second(key: str) -> Answer | None:
        asked.append(key)
        return None

    rounds = ward.rounds(second=second)
    async with going(rounds):
        rounds.add(target(1), is_ready=True, age=0.0, seen_at=1)
        await until(lambda: len(asked) > 2)
    assert ward.told == []
