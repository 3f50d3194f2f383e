"""Files of wanted services: what is read, and what is refused with its line."""

import pytest

from services.cli.manifest import Wrong, read
from services.cli.wanted import FIELDS

GOOD = """\
project: acme
services:
  hello:
    repo: examples/hello
    max_replicas: 3
    custom_domain: null
    env:
      GREETING: hi
      PORT: 8080
      ON: yes
      PASSWORD: {from_environment: DB_PASSWORD}
  Vision:
    image: vision:1.9
"""


def problems(text: str, **environment: str) -> list[tuple[int, str]]:
    with pytest.raises(Wrong) as wrong:
        read(text, environment)
    return wrong.value.problems


def test_every_value_arrives_as_it_is_written() -> None:
    (manifest,) = read(GOOD, {"DB_PASSWORD": "s3cret"})
    assert manifest.project == "acme"
    hello, vision = manifest.services
    assert hello.fields == {
        "repo": "examples/hello",
        "max_replicas": 3,
        "custom_domain": None,
        "env": {"GREETING": "hi", "PORT": "8080", "ON": "yes", "PASSWORD": "s3cret"},
    }
    assert (hello.line, vision.line) == (3, 12)
    assert (vision.name, vision.slug, vision.fields) == (
        "Vision",
        "vision",
        {"image": "vision:1.9"},
    )


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("", 1, "must be a mapping"),
        ("services: [", 1, "no YAML"),
        ("project: a\n", 1, "`services` is missing"),
        ("services: {}\nservcies: {}\n", 2, "'servcies' is no known key"),
        ("services:\n  a:\n    repo: x/y\n    replicas: 3\n", 4, "'replicas' is no known field"),
        ("services:\n  a:\n    cpu: '4'\n", 3, "cpu must be a whole number"),
        ("services:\n  a:\n    cpu: 0x4\n", 3, "cpu must be a whole number"),
        ("services:\n  a:\n    branch: 1.0\n", 3, "branch must be text"),
        ("services:\n  a:\n    branch: null\n", 3, "branch must be text"),
        ("services:\n  a:\n    repo: x/y\n    repo: x/z\n", 4, "given in line 3 already"),
        ("services:\n  a: {repo: x/y}\n  A: {repo: x/y}\n", 3, "are one name"),
        ("services:\n  'a b': {repo: x/y}\n", 2, "must be 1 to 64"),
        ("services:\n  a: {repo: x/y, image: z}\n", 2, "a repo and an image"),
        ("services:\n  a:\n    env: [B]\n", 3, "env must be a mapping"),
        ("services:\n  a:\n    env:\n      B: null\n", 4, "B must be text"),
        ("services:\n  a:\n    env:\n      B: {from_file: x}\n", 4, "B must be text"),
        ("services:\n  a:\n    env:\n      B: {from_environment: NOT}\n", 4, "is not set"),
        ("services:\n  a: 3\n", 2, "must be a mapping of fields"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, line: int, part: str) -> None:
    found = problems(text)
    assert any(at == line and part in sentence for at, sentence in found), found


def test_all_that_is_wrong_is_said_at_once_and_in_order() -> None:
    text = "servcies: 1\nservices:\n  a:\n    cpu: x\n    gpus: 1\n"
    assert [line for line, _ in problems(text)] == [1, 4, 5]


def test_an_unknown_field_is_answered_with_those_that_are_known() -> None:
    ((_, sentence),) = problems("services:\n  a:\n    gpus: 1\n")
    assert all(field in sentence for field in FIELDS)


def test_a_value_that_is_not_found_is_not_said_aloud() -> None:
    text = "services:\n  a:\n    cpu: hunter2\n    env:\n      B: [hunter2]\n"
    assert "hunter2" not in str(problems(text))


def test_several_documents_are_taken_together() -> None:
    text = "---\nproject: a\nservices: {one: {image: x}}\n---\nproject: b\nservices: {}\n---\n"
    text += "project: a\nservices: {two: {image: x}}\n---\n"
    of = {one.project: [wanted.name for wanted in one.services] for one in read(text, {})}
    assert of == {"a": ["one", "two"], "b": []}


def test_a_service_in_two_documents_of_one_project_is_refused_with_its_line() -> None:
    text = "services: {one: {image: x}}\n---\nservices:\n  One: {image: x}\n"
    assert problems(text) == [(4, "'One' is given in line 1 already")]
    assert problems("---\n---\n") == [(1, "must be a mapping with `services`")]
