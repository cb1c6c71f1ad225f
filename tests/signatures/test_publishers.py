"""Publishers are pure: what a request calls its key, where it may be asked for, and what an answer comes to."""

import base64
import json
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from publishing import API_KEY, HOST, NOW, Authority, WeChat, jwk_of, private_pem, public_pem, said

from relay.destination import Moment
from relay.errors import Forged, KeyLater, KeyRefused, RelayError
from relay.publishers.spelled import SpelledPublisher
from relay.publishers.words import KeyWords
from relay.signature import Received

MOMENT = Moment(now_ms=NOW * 1000, nonce="n0nce")
CHAINED = {
    "by": {"header": "PAYPAL-CERT-URL"},
    "url": "{{ key.name }}",
    "hosts": ["api.paypal.com", "127.0.0.1"],
    "form": "x509-chain",
    "names": [HOST],
    "roots": "{{ vars.roots }}",
}
JWK = {
    "by": {"claim": "kid"},
    "url": "https://production.plaid.com/webhook_verification_key/get",
    "hosts": ["production.plaid.com"],
    "method": "POST",
    "body": {"client_id": "{{ vars.client_id }}", "key_id": "{{ key.name }}"},
    "missing": "body.error_code == 'INVALID_WEBHOOK_VERIFICATION_KEY_ID'",
    "take": "{{ body.key }}",
    "when": "body.key.expired_at is none",
    "form": "jwk",
}
LISTED = {
    "by": {"header": "Wechatpay-Serial"},
    "known": {"{{ vars.public_key_id }}": "{{ vars.public_key }}"},
    "url": "https://api.mch.weixin.qq.com/v3/certificates",
    "hosts": ["api.mch.weixin.qq.com"],
    "headers": {"Authorization": "{{ (now.s ~ nonce) | rsa_sha256(vars.merchant_key) }}"},
    "take": "{{ body }}",
    "form": "wechatpay",
    "key": "{{ vars.api_key }}",
}


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def publisher(words: dict[str, Any], **variables: str) -> SpelledPublisher:
    return SpelledPublisher(msgspec.convert(words, KeyWords), variables, "Plaid-Verification")


def received(**headers: str) -> Received:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Received(method="POST", url="", headers=sent, query={}, body=b"")


def token(head: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(head).encode()).decode().rstrip("=") + ".e30.c2ln"


def test_a_key_is_named_by_a_header_or_in_the_head_of_a_jwt() -> None:
    assert publisher(CHAINED).named(received(paypal_cert_url="https://x")) == "https://x"
    assert publisher(JWK, client_id="c").named(received(plaid_verification=token({"kid": "k1"}))) == "k1"


@pytest.mark.parametrize("sent", ["", "a b", "x" * 501, "é", "a\r\nb"])
def test_a_header_that_names_no_key_is_forged(sent: str) -> None:
    with pytest.raises(Forged):
        publisher(CHAINED).named(received(paypal_cert_url=sent))


@pytest.mark.parametrize(
    "sent", ["", "...", "é.é.é", "e30.e30.e30", token([1]), token({"kid": 7}), token({}), "x" * 9000]
)
def test_a_token_that_names_no_key_is_forged(sent: str) -> None:
    with pytest.raises(Forged):
        publisher(JWK, client_id="c").named(received(plaid_verification=sent))


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example.com/cert",
        "http://api.paypal.com/cert",
        "https://api.paypal.com:8443/cert",
        "https://api.paypal.com.evil.example.com/cert",
        "https://api.paypal.com@evil.example.com/cert",
        "https://api.paypal.com/cert?one=1",
        "https://api.paypal.com/cert#one",
        "https://169.254.169.254/cert",
        "http://127.0.0.2/cert",
        "ftp://api.paypal.com/cert",
        "file:///etc/passwd",
        "//api.paypal.com/cert",
        "https:///cert",
        "api.paypal.com",
    ],
)
def test_a_key_at_another_address_than_those_listed_is_forged_before_anything_is_sent(address: str) -> None:
    with pytest.raises(Forged):
        publisher(CHAINED).request(address, MOMENT)


def test_a_key_is_asked_for_as_the_words_say() -> None:
    asked = publisher(CHAINED).request("https://api.paypal.com/v1/notifications/certs/CERT-1", MOMENT)
    assert (asked.method, asked.url, asked.body) == ("GET", "https://api.paypal.com/v1/notifications/certs/CERT-1", b"")
    asked = publisher(JWK, client_id='a"b').request('k"1', MOMENT)
    assert json.loads(asked.body) == {"client_id": 'a"b', "key_id": 'k"1'}
    assert asked.headers == {"Content-Type": "application/json"}


def test_a_chain_to_a_root_that_is_trusted_gives_its_key_until_it_ends(
    authority: Authority, rsa_key: rsa.RSAPrivateKey
) -> None:
    found = publisher(CHAINED, roots=authority.root_pem).read("u", said(authority.chain_pem(rsa_key)), NOW)
    assert found["u"].key == public_pem(rsa_key)
    assert found["u"].until == NOW + 86_400


def test_a_last_certificate_alone_is_enough_where_its_issuer_is_given(
    authority: Authority, rsa_key: rsa.RSAPrivateKey
) -> None:
    alone = said(authority.leaf_pem(rsa_key))
    assert publisher(CHAINED, roots=authority.between_pem).read("u", alone, NOW)["u"].key == public_pem(rsa_key)
    with pytest.raises(KeyRefused):
        publisher(CHAINED, roots=authority.root_pem).read("u", alone, NOW)


@pytest.mark.parametrize("wrong", ["roots", "ours", "host", "ended", "junk", "none", "swapped"])
def test_a_chain_that_does_not_prove_itself_is_refused(
    wrong: str, authority: Authority, rsa_key: rsa.RSAPrivateKey
) -> None:
    trusted = {"roots": authority.root_pem}
    pem, now = authority.chain_pem(rsa_key), NOW
    if wrong == "roots":
        trusted = {}  # Mozilla's
    elif wrong == "ours":
        pem = Authority().chain_pem(rsa_key)
    elif wrong == "host":
        pem = authority.chain_pem(rsa_key, "evil.example.com")
    elif wrong == "ended":
        now = NOW + 86_401
    elif wrong == "junk":
        pem = "<html>"
    elif wrong == "none":
        pem = ""
    else:
        pem = authority.between_pem + authority.leaf_pem(rsa_key)
    with pytest.raises(KeyRefused):
        publisher(CHAINED, **trusted).read("u", said(pem), now)


def test_a_jwk_gives_its_key() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    found = publisher(JWK, client_id="c").read("k1", said({"key": jwk_of(key, "k1")}), NOW)
    assert found["k1"].key == public_pem(key)


@pytest.mark.parametrize(
    "more",
    [
        {"expired_at": NOW - 1},
        {"kid": "k2"},
        {"kty": "RSA"},
        {"crv": "P-384"},
        {"alg": "none"},
        {"use": "enc"},
        {"x": "AAAA"},
        {"y": 7},
    ],
)
def test_a_jwk_that_ended_or_is_another_is_refused(more: dict[str, Any]) -> None:
    jwk = jwk_of(ec.generate_private_key(ec.SECP256R1()), "k1", **more)
    with pytest.raises(KeyRefused):
        publisher(JWK, client_id="c").read("k1", said({"key": jwk}), NOW)


def test_an_answer_says_that_there_is_no_such_key_or_nothing_of_use() -> None:
    asked = publisher(JWK, client_id="c")
    assert asked.read("k1", said({"error_code": "INVALID_WEBHOOK_VERIFICATION_KEY_ID"}, 400), NOW) == {}
    assert publisher(CHAINED).read("u", said("gone", 404), NOW) == {}
    for answer in (said({"error_code": "INVALID_API_KEYS"}, 400), said("", 302), said("", 500), said({"key": 1}, 201)):
        with pytest.raises(KeyLater):
            asked.read("k1", answer, NOW)
    with pytest.raises(KeyLater, match="longer"):
        asked.read("k1", msgspec.structs.replace(said("{}"), cut=True), NOW)


def wechat(**more: str) -> SpelledPublisher:
    merchant = private_pem(rsa.generate_private_key(65537, 2048))
    return publisher(LISTED, **{"api_key": API_KEY, "merchant_key": merchant} | more)


def test_certificates_that_wechat_pay_signed_and_encrypted_are_taken() -> None:
    platform = WeChat()
    body = platform.body()
    found = wechat().read(platform.serial_text, said(body, **platform.headers(body)), NOW)
    assert {name: one.key for name, one in found.items()} == {platform.serial_text: public_pem(platform.key)}
    assert wechat().read("AB", said(body, **platform.headers(body)), NOW).keys() == {platform.serial_text}


@pytest.mark.parametrize("wrong", ["key", "signature", "stale", "unsigned", "serial", "ended", "shape"])
def test_certificates_that_are_not_wechat_pays_are_refused(wrong: str) -> None:
    platform = WeChat(api_key="another-key-of-thirty-two-chars!" if wrong == "key" else API_KEY)
    body = platform.body(ends_s=-1 if wrong == "ended" else 99, listed="AB" if wrong == "serial" else "")
    headers = platform.headers(body, NOW - 301 if wrong == "stale" else NOW)
    if wrong == "signature":
        body += b" "
    elif wrong == "unsigned":
        headers = {}
    elif wrong == "shape":
        body = b'{"data": 1}'
    with pytest.raises(KeyRefused):
        wechat().read(platform.serial_text, said(body, **headers), NOW)


def test_a_key_that_is_configured_is_used_as_it_is_and_none_is_asked_for() -> None:
    pem = public_pem(rsa.generate_private_key(65537, 2048))
    known = publisher(LISTED, public_key_id="PUB_KEY_ID_1", public_key=pem)
    assert known.given("PUB_KEY_ID_1") == pem
    assert known.given("PUB_KEY_ID_2") is None
    with pytest.raises(Forged):
        known.request("PUB_KEY_ID_2", MOMENT)


@pytest.mark.parametrize(
    ("words", "variables", "why"),
    [
        (LISTED, {}, "merchant_key"),
        (LISTED, {"merchant_key": "no key", "api_key": API_KEY}, "no private key"),
        (LISTED, {"public_key_id": "P", "public_key": "no key"}, "no public key"),
        (
            LISTED,
            {"merchant_key": private_pem(rsa.generate_private_key(65537, 2048)), "api_key": "short"},
            "32 characters",
        ),
        (CHAINED, {"roots": "no roots"}, "no certificates"),
        (JWK, {}, "client_id"),
    ],
)
def test_what_cannot_work_is_found_at_load(words: dict[str, Any], variables: dict[str, str], why: str) -> None:
    with pytest.raises(RelayError, match=why):
        publisher(words, **variables)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ({**CHAINED, "by": {}}, "one of header, claim"),
        ({**CHAINED, "by": {"header": "a b"}}, "no header's name"),
        ({**CHAINED, "hosts": []}, "url and hosts go together"),
        ({**CHAINED, "names": []}, "names goes with form: x509-chain"),
        ({**JWK, "roots": "x"}, "roots goes with"),
        ({**JWK, "key": "x"}, "key goes with form: wechatpay"),
        ({**JWK, "method": "GET"}, "a GET has no body"),
        ({**JWK, "lasts": "0s"}, "asked for each time"),
        ({**JWK, "headers": {"a b": ""}}, "no header's name"),
        ({"by": {"header": "X"}, "form": "pem"}, "say where keys are published"),
    ],
)
def test_words_that_contradict_each_other_are_refused(words: dict[str, Any], why: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=why):
        msgspec.convert(words, KeyWords)
