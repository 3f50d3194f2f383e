"""What has to be done for what is wanted: the difference, and its words."""

import io
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from services.cli.output import Output
from services.cli.plan_text import document_of, plan_lines
from services.cli.wanted import IN_PLACE, Step, Wanted, step_for, steps_for

NOW: dict[str, Any] = {
    "name": "hello", "repo": "examples/hello", "branch": None, "image": None, "command": None,
    "gpu": "none", "gpu_count": 1, "cpu": 2, "memory_gb": 1, "min_replicas": 1, "max_replicas": 2,
    "target_gpu_utilization": None, "port": 8000, "health_check_path": "/health",
    "env": {"GREETING": "hi"}, "region": "us-east-1", "custom_domain": None,
}  # fmt: skip
SCREEN = Output(is_json=False, out=io.StringIO(), err=io.StringIO())


def planned(*, may_replace: bool = False, now: dict[str, Any] | None = NOW, **fields: Any) -> Step:
    return step_for(Wanted(name="hello", fields=fields), now, may_replace=may_replace)


def test_what_is_so_already_is_no_work() -> None:
    step = planned(repo="examples/hello", max_replicas=2, env={"GREETING": "hi"})
    assert (step.kind, step.body) == ("same", None)


def test_what_is_not_said_stays() -> None:
    assert planned().kind == "same"


def test_only_what_differs_is_sent() -> None:
    step = planned(repo="examples/hello", max_replicas=4, min_replicas=1)
    assert (step.kind, step.body, step.rolls) == ("change", {"max_replicas": 4}, False)


def test_variables_are_sent_as_a_whole_and_replace_replicas() -> None:
    step = planned(env={"GREETING": "hi", "MORE": "x"})
    assert (step.body, step.rolls) == ({"env": {"GREETING": "hi", "MORE": "x"}}, True)
    assert planned(env={}).body == {"env": {}}


def test_a_value_of_a_variable_is_in_no_plan() -> None:
    step = planned(env={"GREETING": "hunter2", "NEW": "hunter3"})
    told = str(document_of("p", [step], 1)) + "".join(plan_lines("p", [step], 1, {}, SCREEN))
    assert "hunter" not in told
    assert "GREETING (secret, changed)" in told
    assert "+NEW" in told


def test_variables_that_may_not_be_read_are_compared_by_name() -> None:
    hidden = {**NOW, "env": {"GREETING": "***"}}
    assert planned(now=hidden, env={"GREETING": "hi"}).kind == "same"
    assert planned(now=hidden, env={"OTHER": "hi"}).kind == "change"


def test_another_image_is_refused_unless_it_may_be_made_anew() -> None:
    assert planned(repo="examples/other").kind == "refused"
    step = planned(repo="examples/other", may_replace=True)
    assert (step.kind, step.rolls) == ("replace", True)
    assert step.body == {"name": "hello", "gpu": "none", "repo": "examples/other"}


def test_two_spellings_of_a_host_are_one() -> None:
    now = {**NOW, "custom_domain": "shop.example.com"}
    assert planned(now=now, custom_domain="Shop.Example.com.").kind == "same"
    assert planned(now=now, custom_domain=None).body == {"custom_domain": None}


def test_what_is_not_there_is_made_with_all_that_is_said() -> None:
    step = planned(now=None, repo="examples/hello", env={"A": "1"})
    assert step.kind == "add"
    assert step.body == {
        "name": "hello", "gpu": "none", "repo": "examples/hello", "env": {"A": "1"},
    }  # fmt: skip


def test_what_is_not_named_goes_only_where_it_is_pruned() -> None:
    wanted = [Wanted(name="Hello", fields={})]
    assert [s.kind for s in steps_for(wanted, {"hello": NOW}, may_replace=False)] == ["same"]
    steps = steps_for(wanted, {"hello": NOW}, pruned=["old"], may_replace=False)
    assert [(s.kind, s.name) for s in steps] == [("same", "hello"), ("remove", "old")]


_FIELDS = some.fixed_dictionaries(
    {},
    optional={
        "min_replicas": some.integers(0, 3),
        "max_replicas": some.integers(1, 4),
        "branch": some.sampled_from(["main", "next"]),
        "env": some.dictionaries(some.sampled_from("ABC"), some.text(max_size=3)),
        "custom_domain": some.sampled_from([None, "a.example.com"]),
    },
)


@given(_FIELDS)
def test_done_once_is_done(fields: dict[str, Any]) -> None:
    step = planned(**fields)
    after = {**NOW, **(step.body or {})}
    assert set(step.body or {}) <= IN_PLACE
    assert planned(now=after, **fields).kind == "same"


def test_a_plan_says_who_set_what_it_overwrites() -> None:
    by = {"actor": "user:1", "actor_name": "ben", "at": "2026-11-18T09:00:00Z", "reason": "friday"}
    step = planned(max_replicas=6)
    lines = plan_lines("acme", [step], 201_888, {"hello": {"max_replicas": by}}, SCREEN)
    assert lines[0] == "Plan at position 201,888 for acme: 1 change"
    assert "max_replicas       2 -> 6   (set by ben" in lines[2]
    assert '"friday"' in lines[2]
