"""What a workload must keep to be accepted, each field by itself and all together (seed 004)."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.rejections import Incompatible, Invalid
from shared.domain.service.aggregate import SERVICE
from shared.domain.service.check import ENV_VARS_MAX
from shared.domain.service.events import ServiceRegistered
from shared.domain.service.workload import EnvVar
from shared.kernel.secrets import PlainText
from tests.domain.service.office import registering, revising, var
from tests.support.given import given

GPU = {"gpu": "T4"}
IMAGE: dict[str, Any] = {"repo": None, "branch": None}

ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    *(("gpu", {"gpu": g}) for g in ("A100-40GB", "A100-80GB", "H100-80GB", "L4", "T4", "none")),
    *(("gpu_count", {**GPU, "gpu_count": count}) for count in (1, 2, 4, 8)),
    *(("cpu", {"cpu": cpu}) for cpu in (2, 4, 8, 16, 32, 64)),
    *(("memory_gb", {"memory_gb": memory}) for memory in (1, 32, 512, 4096)),
    *(("replicas_min", {"replicas_min": n, "replicas_max": 1000}) for n in (0, 1, 1000)),
    *(("replicas_max", {"replicas_max": n}) for n in (1, 2, 1000)),
    *(("utilization", {**GPU, "target_gpu_utilization": n}) for n in (10, 70, 95)),
    *(("port", {"port": port}) for port in (1, 80, 8000, 65535)),
    *(("path", {"health_check_path": p}) for p in ("/", "/health", "/a/b?c=d", "/" + "x" * 1023)),
    *(
        ("region", {"region": region})
        for region in ("us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-northeast-1")
    ),
    *(("repo", {"repo": r}) for r in ("a/b", "Acme_1.x/my-repo.git", "a" * 64 + "/" + "b" * 100)),
    *(("branch", {"branch": b}) for b in ("main", "feature/x-1", "v1.2", None, "ü", "x" * 255)),
    *(
        ("image", {**IMAGE, "image": image})
        for image in (
            "nginx",
            "nginx:1.27",
            "ghcr.io/acme/api:v1",
            "localhost:5000/a@sha256:" + "ab" * 32,
        )
    ),
    *(("env", {"env": (var(name),)}) for name in ("A", "_a", "PATH_2", "x" * 128)),
    ("env", {"env": tuple(var(f"A{n}") for n in range(ENV_VARS_MAX))}),
    *(
        ("custom_domain", {"custom_domain": d})
        for d in (None, "api.example.com", "xn--mnchen-3ya.example", "a.b.c.d.example")
    ),
]

REFUSED: list[tuple[str, Any]] = [
    *(("gpu", gpu) for gpu in ("", "NONE", "None", "t4", "A100", "H200")),
    *(("gpu_count", count) for count in (0, 3, 16, -1)),
    *(("cpu", cpu) for cpu in (0, 1, 3, 96, 128, -2)),
    *(("memory_gb", memory) for memory in (0, -1, 4097)),
    *(("replicas_min", n) for n in (-1, 1001)),
    *(("replicas_max", n) for n in (0, -1, 1001)),
    *(("target_gpu_utilization", n) for n in (9, 96, 0, -1, 100)),
    *(("port", port) for port in (0, -1, 65536)),
    *(
        ("health_check_path", path)
        for path in ("", "health", "/a b", "/a\nHost: x", "/a#b", "/\x00", "/" + "x" * 1024)
    ),
    *(("region", region) for region in ("", "us-east-2", "US-EAST-1", "eu-west-1 ")),
    *(
        ("repo", repo)
        for repo in (
            "",
            "api",
            "a/b/c",
            "/b",
            "a/",
            "../x",
            "a/..",
            "./x",
            "a/-upload-pack",
            "-a/b",
            "a b/c",
            "https://x/y",
            "ext::sh/x",
            "a/b\n",
            "é/b",
            "a" * 65 + "/b",
            "a/" + "b" * 101,
        )
    ),
    *(
        ("branch", branch)
        for branch in (
            "",
            "-x",
            "/x",
            "x/",
            ".x",
            "x.",
            "a..b",
            "a b",
            "a~1",
            "a^",
            "a:b",
            "a?",
            "a*",
            "a[",
            "a\\b",
            "a@{1}",
            "a//b",
            "x.lock",
            "a\x00",
            "x" * 256,
        )
    ),
    *(("env", (var(name),)) for name in ("", "1A", "A-B", "A B", "A=B", "Ä", "A\x00", "x" * 129)),
    ("env", tuple(var(f"A{n}") for n in range(ENV_VARS_MAX + 1))),
    *(
        ("custom_domain", domain)
        for domain in (
            "",
            "localhost",
            "example",
            "http://api.example.com",
            "api.example.com:80",
            "api.example.com/x",
            "*.example.com",
            "10.0.0.1",
            "[::1]",
            "a..example.com",
            "-a.example.com",
            "a b.example.com",
            "x" * 64 + ".example.com",
            "apps.example",
            "api.acme.apps.example",
            "API.Apps.Example.",
            "control.example.net",
            "x.control.example.net",
            "x.localhost",
        )
    ),
]

TOGETHER: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    (("repo", "image"), {"repo": None, "branch": None}),
    (("repo", "image"), {"image": "nginx"}),
    (("branch", "image"), {"repo": None, "image": "nginx"}),
    (("gpu_count", "gpu"), {"gpu": "none", "gpu_count": 2}),
    (("target_gpu_utilization", "gpu"), {"gpu": "none", "target_gpu_utilization": 70}),
    (("replicas_min", "replicas_max"), {"replicas_min": 3, "replicas_max": 2}),
]


def shown(row: object) -> str:
    return repr(row)[:60]


@pytest.mark.parametrize(("field", "workload"), ACCEPTED, ids=shown)
def test_what_the_page_allows_is_accepted_as_given(field: str, workload: dict[str, Any]) -> None:
    command = registering(**workload)
    answer = given().when(command).answer
    assert isinstance(answer, tuple), (field, answer)
    assert isinstance(answer[0], ServiceRegistered)
    assert answer[0].workload == command.workload


@pytest.mark.parametrize(("field", "value"), REFUSED, ids=shown)
def test_a_field_that_is_wrong_by_itself_is_named(field: str, value: Any) -> None:
    given().when(registering(**{field: value})).then_rejected(Invalid, field=field)


@pytest.mark.parametrize("image", ["", "-x", "a b", "a\n", "/x", "x" * 501, "é"])
def test_what_is_no_image_reference_is_refused(image: str) -> None:
    given().when(registering(**IMAGE, image=image)).then_rejected(Invalid, field="image")


@pytest.mark.parametrize(("fields", "workload"), TOGETHER, ids=shown)
def test_fields_that_are_fine_alone_may_be_impossible_together(
    fields: tuple[str, ...], workload: dict[str, Any]
) -> None:
    given().when(registering(**workload)).then_rejected(Incompatible, fields=fields)


def test_a_wrong_field_is_told_before_an_impossible_combination() -> None:
    given().when(registering(image="nginx", port=0)).then_rejected(Invalid, field="port")


@pytest.mark.parametrize(
    "spelling",
    ["API.Example.com", "api.example.com.", " api.example.com "],
)
def test_a_domain_is_kept_in_one_spelling(spelling: str) -> None:
    answer = given().when(registering(custom_domain=spelling)).answer
    assert answer[0].workload == replace(registering().workload, custom_domain="api.example.com")  # type: ignore[type-var]  # it has a workload


def test_a_name_with_letters_beyond_ascii_is_kept_as_dns_spells_it() -> None:
    answer = given().when(registering(custom_domain="München.example")).answer
    assert answer[0].workload.custom_domain == "xn--mnchen-3ya.example"


def test_a_variable_is_named_once() -> None:
    given().when(registering(env=(var("A"), var("A", "2")))).then_rejected(Invalid, field="env")


def plain(*texts: str) -> tuple[EnvVar, ...]:
    return tuple(
        EnvVar(name=f"A{number}", value=PlainText(text=text)) for number, text in enumerate(texts)
    )


@pytest.mark.parametrize("texts", [[], [""], ["x" * 32_768], ["x" * 32_768] * 8])
def test_values_of_some_size_may_be_sealed(texts: list[str]) -> None:
    assert SERVICE.unsealable(registering(env=plain(*texts))) is None
    assert SERVICE.unsealable(revising(env=plain(*texts))) is None


@pytest.mark.parametrize("texts", [["x" * 32_769], ["ü" * 16_385], ["x" * 32_768] * 8 + ["x"]])
def test_a_value_or_all_of_them_can_be_too_long(texts: list[str]) -> None:
    for command in (registering(env=plain(*texts)), revising(env=plain(*texts))):
        rejection = SERVICE.unsealable(command)
        assert isinstance(rejection, Invalid)
        assert rejection.field == "env"
        assert texts[0] not in rejection.message
