"""Signatures and the schedule, by the specification's own example."""

import base64
from datetime import UTC, datetime

import pytest

from services.webhooks.schedule import DELAYS, delay_after
from services.webhooks.sign import SecretInvalid, headers_of, message_id


def test_the_example_of_the_specification_is_signed_as_there() -> None:
    headers = headers_of(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        message="msg_p5jXN8AQM9LWM0D4loKWxJek",
        at=datetime.fromtimestamp(1614265330, UTC),
        body=b'{"test": 2432232314}',
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-id"] == "msg_p5jXN8AQM9LWM0D4loKWxJek"


def test_each_part_of_a_message_is_signed() -> None:
    secret = "whsec_" + base64.b64encode(b"k" * 32).decode()
    at = datetime.fromtimestamp(1, UTC)
    signatures = {
        headers_of(secret, message=message, at=moment, body=body)["webhook-signature"]
        for message in ("msg_a", "msg_b")
        for moment in (at, datetime.fromtimestamp(2, UTC))
        for body in (b"{}", b"{ }")
    }
    assert len(signatures) == 8


def test_a_secret_that_is_none_signs_nothing() -> None:
    with pytest.raises(SecretInvalid):
        headers_of("whsec_***", message="msg_a", at=datetime.fromtimestamp(1, UTC), body=b"")


def test_every_attempt_of_a_delivery_has_the_same_id_without_a_dot() -> None:
    assert message_id("ab" * 12, 7) == f"msg_{'ab' * 12}_7"


def test_delays_grow_are_spread_and_end() -> None:
    assert delay_after(1, 0.5) == pytest.approx(DELAYS[0])
    assert delay_after(2, 0.0) == pytest.approx(0.8 * DELAYS[1])
    assert delay_after(2, 1.0) == pytest.approx(1.2 * DELAYS[1])
    assert delay_after(len(DELAYS), 0.5) == pytest.approx(DELAYS[-1])
    assert delay_after(len(DELAYS) + 1, 0.5) is None


def test_two_secrets_sign_side_by_side_the_newest_first() -> None:
    old, new = ("whsec_" + base64.b64encode(key * 32).decode() for key in (b"o", b"n"))

    def signature(*secrets: str) -> str:
        at = datetime.fromtimestamp(1, UTC)
        return headers_of(*secrets, message="msg_a", at=at, body=b"{}")["webhook-signature"]

    assert signature(new, old).split(" ") == [signature(new), signature(old)]
