"""The shipped schemes whose keys are fetched, each against a server that plays its platform."""

import base64
import json
import re
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jws
from joserfc.jwk import ECKey
from publishing import API_KEY, HOST, NOW, Authority, WeChat, jwk_of, private_pem
from servers import Exchange, Server, answer, serving

from relay.config.load import load
from relay.destination import Moment
from relay.errors import ConfigError, Forged
from relay.published import Keys
from relay.publishers.spelled import SpelledPublisher
from relay.signature import Outgoing, Received
from relay.signatures import catalogue
from relay.signatures.arrival import as_received
from relay.signatures.vocabulary import Vocabulary
from relay.transport.client import Transport

BODY = '{"id": "WH-1", "event_type": "PAYMENT.SALE.COMPLETED", "summary": "付款"}'.encode()


def words_of(name: str) -> Vocabulary:
    words = catalogue.record(name).verify
    assert isinstance(words, Vocabulary)
    return words


def publisher_of(name: str, platform: Server, variables: dict[str, str]) -> SpelledPublisher:
    """As the record has it, but on loopback."""
    words = words_of(name)
    keys = words.keys
    assert keys
    assert keys.url
    url = re.sub(r"^https://[^/]*", platform.url, keys.url)
    here = msgspec.structs.replace(keys, url=url, hosts=["127.0.0.1"])
    return SpelledPublisher(here, variables, str(words.header))


def sent(name: str, key: Any, variables: dict[str, str], **headers: str) -> Received:
    """A request that the platform signed."""
    outgoing = Outgoing(id="1", timestamp=NOW, method="POST", url="https://x/in/x", body=BODY, headers=headers)
    alone = catalogue.spelled(msgspec.structs.replace(words_of(name), keys=None))
    return as_received(alone.signed(outgoing, private_pem(key), variables), variables)


async def proved(name: str, publisher: SpelledPublisher, *requests: Received) -> None:
    async with Transport() as transport:
        keys = Keys(transport, lambda: Moment(now_ms=NOW * 1000, nonce="n0nce"))
        for received in requests:
            keyed = await keys.put(publisher, received)
            catalogue.load(name).verify(keyed, [], NOW)
            with pytest.raises(Forged):
                catalogue.load(name).verify(msgspec.structs.replace(keyed, body=BODY + b" "), [], NOW)
            with pytest.raises(Forged):
                catalogue.load(name).verify(received, [], NOW)


async def test_paypals_certificate_is_read_where_the_request_says() -> None:
    authority, key = Authority(), rsa.generate_private_key(65537, 2048)

    async def play(exchange: Exchange) -> None:
        await exchange.read()
        await exchange.write(answer(200, authority.chain_pem(key, HOST).encode()))

    variables = {"webhook_id": "4JH86294D6297924G", "roots": authority.root_pem}
    named = {"PAYPAL-TRANSMISSION-ID": "t1", "PAYPAL-TRANSMISSION-TIME": "2027-01-15T08:00:00Z"}
    async with serving(play) as platform:
        address = f"{platform.url}/v1/notifications/certs/CERT-1"
        request = sent("paypal", key, variables, **named, **{"PAYPAL-CERT-URL": address})
        await proved("paypal", publisher_of("paypal", platform, variables), request, request)
        assert [got.target for got in platform.got] == ["/v1/notifications/certs/CERT-1"]


async def test_plaids_jwk_is_asked_for_by_its_id() -> None:
    key = ec.generate_private_key(ec.SECP256R1())

    async def play(exchange: Exchange) -> None:
        asked = json.loads((await exchange.read()).body)
        await exchange.write(answer(200, json.dumps({"key": jwk_of(key, asked["key_id"])}).encode()))

    variables = {"client_id": "c1", "secret": "s1"}
    async with serving(play) as platform:
        plain = sent("plaid", key, variables)
        # as Plaid's head has it: {"alg": "ES256", "kid": …, "typ": "JWT"}
        request = msgspec.structs.replace(plain, headers={"plaid-verification": with_kid(key, plain, "k1")})
        await proved("plaid", publisher_of("plaid", platform, variables), request, request)
        assert [(got.method, got.target) for got in platform.got] == [("POST", "/webhook_verification_key/get")]
        assert json.loads(platform.got[0].body) == {"client_id": "c1", "secret": "s1", "key_id": "k1"}


def with_kid(key: ec.EllipticCurvePrivateKey, received: Received, kid: str) -> str:
    claims = received.headers["plaid-verification"].split(".")[1]
    payload = base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))
    head = {"alg": "ES256", "kid": kid, "typ": "JWT"}
    return jws.serialize_compact(head, payload, ECKey.import_key(private_pem(key)), algorithms=["ES256"])


async def test_wechat_pays_certificates_are_asked_for_under_the_merchants_signature() -> None:
    wechat, merchant = WeChat(), rsa.generate_private_key(65537, 2048)

    async def play(exchange: Exchange) -> None:
        await exchange.read()
        body = wechat.body()
        await exchange.write(answer(200, body, **{k.replace("-", "_"): v for k, v in wechat.headers(body).items()}))

    variables = {
        "apiv3_key": API_KEY,
        "mchid": "1900009191",
        "merchant_serial": "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB",
        "merchant_key": private_pem(merchant),
    }
    async with serving(play) as platform:
        named = {"Wechatpay-Serial": wechat.serial_text, "Wechatpay-Nonce": "n0nce"}
        request = sent("wechatpay", wechat.key, variables, **named)
        await proved("wechatpay", publisher_of("wechatpay", platform, variables), request, request)
        assert [(got.method, got.target) for got in platform.got] == [("GET", "/v3/certificates")]
        kind, _, said = platform.got[0].headers["authorization"].partition(" ")
        parts = dict(re.findall(r'(\w+)="([^"]*)"', said))
        assert kind == "WECHATPAY2-SHA256-RSA2048"
        assert {name: parts[name] for name in ("mchid", "serial_no", "timestamp", "nonce_str")} == {
            "mchid": "1900009191",
            "serial_no": variables["merchant_serial"],
            "timestamp": str(NOW),
            "nonce_str": "n0nce",
        }
        signed = f"GET\n/v3/certificates\n{NOW}\nn0nce\n\n".encode()
        merchant.public_key().verify(base64.b64decode(parts["signature"]), signed, PKCS1v15(), SHA256())


@pytest.mark.parametrize("name", ["paypal", "plaid", "wechatpay"])
def test_a_source_that_lacks_what_its_platform_needs_is_a_fault_at_load(name: str, tmp_path: Any) -> None:
    file = tmp_path / "routes.yaml"
    file.write_text(f"version: 1\nsources:\n  s: {{verify: {name}}}\n")
    with pytest.raises(ConfigError) as refused:
        load(file, {})
    for needed in catalogue.record(name).needs:
        assert f"the scheme needs vars.{needed}" in str(refused.value)


def test_a_source_with_all_of_it_needs_no_secret(tmp_path: Any) -> None:
    file = tmp_path / "routes.yaml"
    file.write_text(
        "version: 1\nsources:\n"
        "  p: {verify: paypal, vars: {webhook_id: w1}}\n"
        "  q: {verify: plaid, vars: {client_id: c1, secret: '${PLAID}'}}\n"
        "  w: {verify: wechatpay, vars: {apiv3_key: '${A3}', mchid: m, merchant_serial: s, merchant_key: '${KEY}'}}\n"
    )
    key = private_pem(rsa.generate_private_key(65537, 2048))
    sources = load(file, {"PLAID": "p" * 30, "A3": API_KEY, "KEY": key}).sources
    assert all(source.publisher for source in sources.values())
    with pytest.raises(ConfigError, match=r"routes\.yaml:5"):
        load(file, {"PLAID": "p" * 30, "A3": "too short", "KEY": key})
