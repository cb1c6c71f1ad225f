"""A JWT is checked by ES256 and the key that is given, whatever it says of itself."""

import base64
import hmac
import json
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jws
from joserfc.jwk import ECKey
from signature_cases import CASES
from signature_requests import NOW, as_received, outgoing_request
from signature_secrets import pem

from relay.errors import Forged, RelayError

CASE = CASES["jwt"]
SECRET, OTHER = CASE.secrets[:2]


def verify(token: str, body: bytes = b"{}", key: str = SECRET.verifying) -> None:
    received = as_received(outgoing_request(body=body), {"Plaid-Verification": token})
    CASE.scheme.verify(received, [key], NOW)


def claims() -> dict[str, Any]:
    outgoing = outgoing_request(body=b"{}")
    token = CASE.scheme.sign(outgoing, SECRET.signing)["Plaid-Verification"]
    return dict(json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "==")))


def token_of(told: Any, head: dict[str, Any] | None = None, key: Any = None) -> str:
    header = head or {"alg": "ES256"}
    signing = key or ECKey.import_key(SECRET.signing)
    return jws.serialize_compact(header, json.dumps(told), signing, algorithms=[str(header["alg"])])


def test_a_key_may_be_a_jwk() -> None:
    verify(token_of(claims()), key=json.dumps(ECKey.import_key(SECRET.verifying).as_dict(private=False)))


def test_an_algorithm_of_the_tokens_own_choosing_is_refused() -> None:
    """Neither none at all, nor an HMAC under the public key, which everybody knows."""
    _, told, signature = token_of(claims()).split(".")
    hashed, unsigned = encoded(b'{"alg":"HS256"}'), encoded(b'{"alg":"none"}')
    signed, nothing = f"{hashed}.{told}", f"{unsigned}.{told}"
    by_public_key = encoded(hmac.digest(SECRET.verifying.encode(), signed.encode(), "sha256"))
    for token in (f"{nothing}.", f"{nothing}.{signature}", f"{signed}.{by_public_key}"):
        with pytest.raises(Forged):
            verify(token)


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_a_key_that_the_token_brings_along_is_not_looked_at() -> None:
    own = ECKey.import_key(OTHER.signing)
    with pytest.raises(Forged):
        verify(token_of(claims(), {"alg": "ES256", "jwk": own.as_dict(private=False)}, own))


@pytest.mark.parametrize(
    "told",
    [
        {},
        [],
        "text",
        {"iat": NOW},
        {"iat": [NOW]},
        {"iat": None},
        {"iat": True},
        {"iat": NOW + 0.5},
        {"iat": -1},
        {"request_body_sha256": ["x"]},
        {"iat": NOW, "request_body_sha256": {"a": 1}},
        {"iat": NOW, "request_body_sha256": "é"},
    ],
    ids=str,
)
def test_odd_claims_are_refused(told: Any) -> None:
    with pytest.raises(Forged):
        verify(token_of(told))


def test_another_curve_is_found_at_load() -> None:
    for key in (pem(ec.generate_private_key(ec.SECP384R1())).verifying, "{", '{"kty": "oct", "k": "AA"}', "{}", ""):
        with pytest.raises(RelayError, match="P-256"):
            CASE.scheme.check_secret(key)


def test_the_other_spellings_of_a_token_are_refused() -> None:
    head, told, signature = token_of(claims()).split(".")
    verify(f"{head}.{told}.{signature}")
    for odd in (f"{head}.{told}.{signature}=", f"{head}.{told}.{signature[:9]} {signature[9:]}", f"{head}.{told}"):
        with pytest.raises(Forged):
            verify(odd)


def test_a_token_without_claims_binds_nothing() -> None:
    words = msgspec.structs.replace(CASE.words, body_digest=None)
    assert not words.signs_body
