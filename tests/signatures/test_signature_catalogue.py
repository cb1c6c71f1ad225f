"""A scheme is there because its file is, and a name that isn't there is answered with the nearest."""

import hashlib
import hmac

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from signature_requests import NOW, as_received, outgoing_request
from signature_secrets import pem

from relay.errors import Forged, RelayError
from relay.signatures import catalogue
from relay.signatures.vocabulary import Vocabulary


def test_the_shipped_schemes_are_those_that_have_a_file() -> None:
    assert {"standard-webhooks", "stripe", "github", "token", "basic", "none"} <= set(catalogue.names())
    assert catalogue.load("stripe") is catalogue.load("stripe")
    assert [catalogue.load(name).name for name in catalogue.names()] == catalogue.names()


@pytest.mark.parametrize(("name", "remedy"), [("strip", "did you mean stripe?"), ("../routes", "there are ")])
def test_an_unknown_name_is_answered_with_the_nearest(name: str, remedy: str) -> None:
    with pytest.raises(RelayError, match="there is no signature scheme") as refused:
        catalogue.load(name)
    assert remedy in str(refused.value)


def test_a_platform_that_gives_event_ids_is_believed_and_a_spelled_out_scheme_is_not() -> None:
    stripe = catalogue.load("stripe")
    assert (stripe.type, stripe.id, stripe.on_differs) == ("{{ body.type }}", "{{ body.id }}", "ignore")
    spelled = catalogue.spelled(Vocabulary(algorithm="token"))
    assert (spelled.type, spelled.id, spelled.on_differs, spelled.open) == (None, None, "hold", False)
    assert catalogue.load("none").open


def test_signing_as_github_says_which_delivery_it_is() -> None:
    assert catalogue.load("github").sign(outgoing_request(id="dlv_7"), "secret")["X-GitHub-Delivery"] == "dlv_7"


def test_signing_a_header_that_the_request_lacks_says_so() -> None:
    scheme = catalogue.spelled(Vocabulary(algorithm="hmac-sha256", header="X", content="{header:X-Tenant}{body}"))
    with pytest.raises(RelayError, match="lacks what hmac-sha256 signs"):
        scheme.sign(outgoing_request(), "secret")


@pytest.mark.parametrize(
    ("secret", "why"),
    [
        ("whsec_", "can't be read as whsec"),
        ("whsec_a-b_", "can't be read as whsec"),
        ("whsec_QUJDRA", "whsec_ and then"),
    ],
)
def test_a_secret_that_is_not_what_its_sender_shows_is_found_at_load(secret: str, why: str) -> None:
    with pytest.raises(RelayError) as refused:
        catalogue.load("standard-webhooks").check_secret(secret)
    assert why in str(refused.value)
    assert secret.removeprefix("whsec_") not in str(refused.value) or secret == "whsec_"


def test_a_login_without_a_password_is_found_at_load() -> None:
    for secret in ("user", "user:"):
        with pytest.raises(RelayError, match="no password"):
            catalogue.load("basic").check_secret(secret)


@pytest.mark.parametrize("algorithm", ["rsa-sha256", "rsa-pss-sha256", "ed25519"])
def test_a_key_that_is_none_or_of_another_kind_is_found_at_load(algorithm: str) -> None:
    scheme = catalogue.spelled(msgspec.convert({"algorithm": algorithm, "header": "X"}, Vocabulary))
    other = pem(ec.generate_private_key(ec.SECP256R1()))
    for secret, signs, why in [
        ("no key", False, "no public key"),
        ("no key", True, "no private key"),
        (other.signing, True, "another algorithm"),
        (other.verifying, False, "another algorithm"),
        (other.signing, False, "no public key"),
    ]:
        with pytest.raises(RelayError, match=why):
            scheme.check_secret(secret, signs=signs)


def test_hexadecimal_capitals_and_the_case_of_bearer_make_no_difference() -> None:
    outgoing = outgoing_request()
    github, token = catalogue.load("github"), catalogue.load("token")
    signed = github.sign(outgoing, "secret")
    code = signed["X-Hub-Signature-256"].removeprefix("sha256=")
    github.verify(as_received(outgoing, {"X-Hub-Signature-256": f"sha256={code.upper()}"}), ["secret"], NOW)
    token.verify(as_received(outgoing, {"authorization": "bearer secret"}), ["secret"], NOW)


def test_another_spelling_of_the_same_base64_is_refused() -> None:
    """32 bytes leave two bits of the last character unused."""
    outgoing, scheme = outgoing_request(), catalogue.load("standard-webhooks")
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    signed = scheme.sign(outgoing, secret)
    signature = signed["webhook-signature"]
    respelled = signature[:-2] + chr(ord(signature[-2]) + 1) + "="
    with pytest.raises(Forged):
        scheme.verify(as_received(outgoing, {**signed, "webhook-signature": respelled}), [secret], NOW)


PUBLIC = {
    "pem": pem(ec.generate_private_key(ec.SECP256R1())).verifying,
    "whpk": "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
}


@pytest.mark.parametrize("public", PUBLIC.values(), ids=PUBLIC)
@pytest.mark.parametrize(
    "words",
    [
        {"algorithm": "hmac-sha256", "header": "X"},
        {"algorithm": "hash-sha256", "header": "X", "content": "{secret}{body}"},
        {"algorithm": "token", "header": "X"},
    ],
    ids=lambda words: words["algorithm"],
)
def test_nobody_signs_with_a_public_key_in_the_place_of_a_secret(words: dict[str, str], public: str) -> None:
    scheme = catalogue.spelled(msgspec.convert(words, Vocabulary))
    with pytest.raises(RelayError, match="a public key, which proves nothing"):
        scheme.check_secret(public)
    text = {"token": public, "hash-sha256": hashlib.sha256(public.encode() + b"{}").hexdigest()}
    code = text.get(words["algorithm"]) or hmac.digest(public.encode(), b"{}", "sha256").hex()
    with pytest.raises(Forged):
        scheme.verify(as_received(outgoing_request(body=b"{}"), {"X": code.replace("\n", "")}), [public], NOW)
