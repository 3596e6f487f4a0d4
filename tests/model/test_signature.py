"""Signatures of webhooks, against a published vector, the formula by hand, and every tampering."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.model.signature import (
    InvalidSecretError,
    decode_secret,
    encode_secret,
    sign,
    verify,
)

# The vector in the tests of the reference libraries (github.com/standard-webhooks).
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
WEBHOOK_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIMESTAMP = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
OLD_SECRET = encode_secret(bytes(range(32)))

keys = st.binary(min_size=24, max_size=64)
ids = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="."), min_size=1
)


def is_verified(
    *,
    webhook_id: str = WEBHOOK_ID,
    timestamp: str = str(TIMESTAMP),
    body: bytes = BODY,
    signature: str = SIGNATURE,
    secrets: tuple[str, ...] = (SECRET,),
    now_seconds: float = TIMESTAMP,
) -> bool:
    return verify(
        webhook_id=webhook_id,
        timestamp=timestamp,
        body=body,
        signature=signature,
        secrets=secrets,
        now_seconds=now_seconds,
    )


def test_the_published_vector_is_met() -> None:
    assert (
        sign(webhook_id=WEBHOOK_ID, timestamp_seconds=TIMESTAMP, body=BODY, secrets=[SECRET])
        == SIGNATURE
    )
    assert is_verified()


@given(key=keys, webhook_id=ids, timestamp=st.integers(0, 2**33), body=st.binary())
def test_a_signature_is_hmac_sha256_of_id_time_and_body(
    key: bytes, webhook_id: str, timestamp: int, body: bytes
) -> None:
    content = webhook_id.encode() + b"." + str(timestamp).encode() + b"." + body
    # HMAC spelled out (RFC 2104), so that the expectation does not come from the same function.
    block = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(one ^ 0x36 for one in block) + content).digest()
    outer = hashlib.sha256(bytes(one ^ 0x5C for one in block) + inner).digest()
    signature = sign(
        webhook_id=webhook_id,
        timestamp_seconds=timestamp,
        body=body,
        secrets=["whsec_" + base64.b64encode(key).decode()],
    )
    assert signature == "v1," + base64.b64encode(outer).decode()
    assert is_verified(
        webhook_id=webhook_id,
        timestamp=str(timestamp),
        body=body,
        signature=signature,
        secrets=(encode_secret(key),),
        now_seconds=timestamp,
    )


@given(keys)
def test_a_secret_reads_back_as_its_bytes(key: bytes) -> None:
    assert decode_secret(encode_secret(key)) == key


@pytest.mark.parametrize("length", [0, 23, 65])
def test_a_secret_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(InvalidSecretError, match="24 to 64 bytes"):
        encode_secret(bytes(length))
    with pytest.raises(InvalidSecretError, match="24 to 64 bytes"):
        decode_secret("whsec_" + base64.b64encode(bytes(length)).decode())


@pytest.mark.parametrize(
    "text", ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_not base64!", "whsec_AAA", "whsec_é"]
)
def test_text_that_is_no_secret_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(InvalidSecretError) as caught:
        decode_secret(text)
    assert not text[6:] or text[6:] not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_two_secrets_give_two_signatures_and_either_verifies() -> None:
    signature = sign(
        webhook_id=WEBHOOK_ID, timestamp_seconds=TIMESTAMP, body=BODY, secrets=[SECRET, OLD_SECRET]
    )
    first, second = signature.split(" ")
    assert first == SIGNATURE
    assert second.startswith("v1,")
    assert is_verified(signature=signature, secrets=(SECRET,))
    assert is_verified(signature=signature, secrets=(OLD_SECRET,))
    assert is_verified(signature=second, secrets=(SECRET, OLD_SECRET))


def test_signatures_of_other_schemes_are_passed_over() -> None:
    assert is_verified(signature=f"v1a,abcd {SIGNATURE}")
    assert not is_verified(signature=SIGNATURE.replace("v1,", "v1a,"))
    assert not is_verified(signature=SIGNATURE.removeprefix("v1,"))


@pytest.mark.parametrize(
    ("seconds_off", "is_near"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)]
)
def test_the_time_may_be_five_minutes_off(seconds_off: int, is_near: bool) -> None:
    assert is_verified(now_seconds=TIMESTAMP + seconds_off) is is_near


@pytest.mark.parametrize(
    "timestamp",
    [
        "",
        "now",
        "-1614265330",
        "1_614_265_330",
        " 1614265330",
        "1614265330.0",
        "１６１４２６５３３０",
    ],
)
def test_a_timestamp_that_is_not_digits_does_not_verify(timestamp: str) -> None:
    assert not is_verified(timestamp=timestamp)


@pytest.mark.parametrize("signature", ["", " ", "v1,", "v1, v1,", "v1,é€\udcff", SIGNATURE[:-1]])
def test_a_malformed_signature_does_not_verify(signature: str) -> None:
    assert not is_verified(signature=signature)


@given(st.binary(), st.text(), st.text(), st.text())
def test_whatever_is_received_only_the_original_verifies(
    body: bytes, webhook_id: str, timestamp: str, signature: str
) -> None:
    assert is_verified(body=body) is (body == BODY)
    assert is_verified(webhook_id=webhook_id) is (webhook_id == WEBHOOK_ID)
    assert is_verified(timestamp=timestamp) is (timestamp == str(TIMESTAMP))
    assert not is_verified(signature=signature)
    assert not is_verified(secrets=(OLD_SECRET,))
    assert not is_verified(secrets=())


def test_the_full_stop_cannot_move_between_id_and_time() -> None:
    key = decode_secret(SECRET)
    digest = hmac.new(key, b"a.1.1614265330." + BODY, "sha256").digest()
    signature = "v1," + base64.b64encode(digest).decode()
    assert not is_verified(webhook_id="a.1", signature=signature)


@pytest.mark.parametrize("webhook_id", ["", "a.b", "a b", "a\nb", "é", "x" * 257])
def test_an_id_that_could_be_misread_is_not_signed(webhook_id: str) -> None:
    with pytest.raises(ValueError, match="webhook id"):
        sign(webhook_id=webhook_id, timestamp_seconds=TIMESTAMP, body=BODY, secrets=[SECRET])


def test_nothing_is_signed_without_a_secret_or_before_1970() -> None:
    with pytest.raises(ValueError, match="at least one secret"):
        sign(webhook_id=WEBHOOK_ID, timestamp_seconds=TIMESTAMP, body=BODY, secrets=[])
    with pytest.raises(ValueError, match="not negative"):
        sign(webhook_id=WEBHOOK_ID, timestamp_seconds=-1, body=BODY, secrets=[SECRET])
