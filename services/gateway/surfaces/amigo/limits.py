"""Limits per caller and endpoint, as published; those of unit tests are ours (README.md)."""

from services.gateway.limits import Rate
from services.gateway.surface import Endpoint


def _endpoint(name: str, per_minute: int) -> Endpoint:
    return Endpoint(name=name, published=Rate(per_minute=per_minute, burst_per_second=per_minute))


SIGN_IN = _endpoint("sign_in", 5)
LIST = _endpoint("list_services", 50)
CREATE = _endpoint("create_service", 20)
UPDATE = _endpoint("update_service", 20)
PUT_VERSION_SET = _endpoint("put_version_set", 30)
DELETE_VERSION_SET = _endpoint("delete_version_set", 30)
READ_UNIT_TESTS = _endpoint("read_unit_tests", 50)
CREATE_UNIT_TEST = _endpoint("create_unit_test", 20)
DELETE_UNIT_TEST = _endpoint("delete_unit_test", 30)

# By method and what follows the organization; `*` is any one segment.
_TABLE: tuple[tuple[str, tuple[str, ...], Endpoint], ...] = (
    ("POST", ("user", "signin_with_api_key"), SIGN_IN),
    ("GET", ("service",), LIST),
    ("POST", ("service",), CREATE),
    ("POST", ("service", "*"), UPDATE),
    ("PUT", ("service", "*", "version_sets", "*"), PUT_VERSION_SET),
    ("DELETE", ("service", "*", "version_sets", "*"), DELETE_VERSION_SET),
    ("GET", ("simulation", "unit_test"), READ_UNIT_TESTS),
    ("GET", ("simulation", "unit_test", "search"), READ_UNIT_TESTS),
    ("POST", ("simulation", "unit_test"), CREATE_UNIT_TEST),
    ("DELETE", ("simulation", "unit_test", "*"), DELETE_UNIT_TEST),
)


def endpoint_of(method: str, path: str) -> Endpoint | None:
    segments = tuple(path.strip("/").split("/"))[2:]
    for allowed, pattern, endpoint in _TABLE:
        if method != allowed or len(segments) != len(pattern):
            continue
        if all(p in ("*", s) for p, s in zip(pattern, segments, strict=True)):
            return endpoint
    return None
