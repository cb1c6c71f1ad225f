"""Words that contradict each other are refused where they are read, with what would be right."""

from typing import Any

import msgspec
import pytest

from relay.errors import RelayError
from relay.signatures import catalogue
from relay.signatures.address import FORMS
from relay.signatures.vocabulary import Vocabulary

HMAC = {"algorithm": "hmac-sha256", "header": "X-Signature"}
STAMPED = {**HMAC, "content": "{timestamp}.{body}", "timestamp": {"header": "X-Timestamp"}}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ({"header": "X-Signature"}, "missing required field `algorithm`"),
        ({**HMAC, "algorithm": "md5"}, "Invalid enum value 'md5'"),
        ({**HMAC, "haeder": "X"}, "unknown field `haeder`"),
        ({"algorithm": "hmac-sha256"}, "say where the signature stands: one of header, query, field, path"),
        ({**HMAC, "query": "sign"}, "one of header, query, field, path"),
        ({"algorithm": "hmac-sha256", "path": True}, "only a token can stand in the path"),
        ({"algorithm": "basic", "query": "login"}, "basic stands in a header"),
        ({"algorithm": "none", "header": "X"}, "none looks at nothing"),
        ({"algorithm": "none", "content": "{method}"}, "none signs nothing"),
        ({"algorithm": "token", "id_header": "X-Id"}, "token signs nothing"),
        ({**STAMPED, "algorithm": "basic"}, "basic signs nothing"),
        ({**HMAC, "algorithm": "ed25519", "key": "base64"}, "key: base64 goes with hmac"),
        ({**HMAC, "header": "X Signature"}, "'X Signature' is no header's name"),
        ({**HMAC, "header": "签名"}, "is no header's name"),
        ({**HMAC, "sends": {"X:Y": "1"}}, "'X:Y' is no header's name"),
        ({**HMAC, "sends": {"X-Body": "{body}"}}, "sends.X-Body may have {id}"),
        ({**HMAC, "separator": ""}, "parts nothing"),
        ({**HMAC, "pair": ""}, "parts nothing"),
        ({**HMAC, "content": "{payload}"}, "{payload} is not known: there are {timestamp}, {body}"),
        ({**HMAC, "content": "{header}"}, "{header} is not known"),
        ({**HMAC, "content": "{body:x}"}, "{body:x} is not known"),
        ({**HMAC, "content": "{body"}, "a brace stands alone"),
        ({**HMAC, "content": "{id}.{body}"}, "say id_header"),
        ({**HMAC, "id_header": "X-Id"}, "content has no {id}"),
        ({**HMAC, "content": "{timestamp}.{body}"}, "say timestamp, where it stands"),
        ({**STAMPED, "content": "{body}"}, "a timestamp that isn't signed proves nothing"),
        ({**STAMPED, "timestamp": {}}, "say where timestamp stands: one of header, query, field, claim, pair, first"),
        ({**STAMPED, "timestamp": {"pair": "t"}}, "say pair, which one that is"),
        ({**STAMPED, "timestamp": {"header": "X", "tolerance": "5 minutes"}}, "such as 30s or 5m"),
        ({**STAMPED, "timestamp": {"header": "X", "tolerance": "0s"}}, "a tolerance of 0 refuses everything"),
        ({**STAMPED, "timestamp": {"header": "X", "unit": "h"}}, "Invalid enum value 'h'"),
        ({**STAMPED, "timestamp": {"first": True}}, "say pair, which one that is"),
        ({**STAMPED, "timestamp": {"claim": "iat"}}, "only a JWT has claims"),
        ({**HMAC, "header": []}, "the list of names is empty"),
        ({**HMAC, "header": "X-{n}", "separator": ","}, "a header's name with {n} stands alone"),
        ({**HMAC, "header": ["X-{n}", "Y"]}, "a header's name with {n} stands alone"),
        ({**HMAC, "key": "whpk"}, "key: whpk goes with ed25519"),
        ({**HMAC, "algorithm": "hash-sha256"}, "a hash without the secret proves nothing"),
        ({**HMAC, "algorithm": "jwt-es256", "content": "{method}"}, "a JWT signs its own claims"),
        ({"algorithm": "none", "secret_from": "x"}, "none takes no secret"),
        ({**HMAC, "each": True}, "each item proves itself by a field of its own"),
        ({"algorithm": "hmac-sha256", "field": "sign"}, "the signature stands in the body that it signs"),
        ({"algorithm": "hmac-sha256", "field": "sign", "content": {"form": {}}}, "leave_out its own"),
        ({"algorithm": "hmac-sha256", "query": "sign", "content": "{url}"}, "stands in the address that it signs"),
        ({**HMAC, "body_digest": {"query": "sha"}}, "a digest that isn't signed proves nothing"),
        ({**HMAC, "body_digest": {"header": "X-Digest"}}, "a digest that isn't signed proves nothing"),
        ({**HMAC, "body_digest": {"claim": "sha"}}, "only a JWT has claims"),
        ({**HMAC, "body_digest": {}}, "say where the body's digest stands: one of header, query, claim"),
        ({**HMAC, "content": {}}, "say where content stands: one of sort, form"),
        ({**HMAC, "content": {"sort": []}}, "sort has no texts"),
        ({**HMAC, "content": {"sort": ["{nonce}"]}}, "{nonce} is not known"),
        ({**HMAC, "content": {"form": {"pair": "{key}"}}}, "pair is written over {key} and {value}"),
        ({**HMAC, "content": {"form": {"pair": "{key}{body}"}}}, "{body} is not known: there are {key}, {value}"),
        ({**HMAC, "content": {"form": {"before": "{url:x}"}}}, "{url:x} is not known"),
    ],
)
def test_words_that_contradict_each_other_are_refused(words: dict[str, Any], why: str) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert(words, Vocabulary)
    assert why in str(refused.value)


def test_a_fault_in_the_timestamp_names_its_place() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"at `\$\.timestamp`"):
        msgspec.convert({**STAMPED, "timestamp": {"header": "X", "tolerance": "5"}}, Vocabulary)


def test_credentials_stand_in_the_authorization_header_unless_said_otherwise() -> None:
    assert Vocabulary(algorithm="token") == catalogue.record("token").verify
    assert Vocabulary(algorithm="basic") == catalogue.record("basic").verify
    assert Vocabulary(algorithm="basic", header="X-Login").prefix == "Basic "
    assert Vocabulary(algorithm="token", header="X-Token").prefix == ""
    assert Vocabulary(algorithm="token", prefix="Token ").header == "Authorization"


def test_a_list_of_schemes_has_one_at_least_and_none_is_not_among_them() -> None:
    for listed in ([], [Vocabulary(algorithm="token"), Vocabulary(algorithm="none")]):
        with pytest.raises(RelayError, match="a list of schemes"):
            catalogue.spelled(listed)
    assert catalogue.spelled([Vocabulary(algorithm="none")]).open


def test_a_list_of_schemes_takes_a_secret_that_suits_one_of_them() -> None:
    hexadecimal = Vocabulary(algorithm="hmac-sha256", header="X-One", key="hex")
    listed = catalogue.spelled([hexadecimal, Vocabulary(algorithm="basic")])
    listed.check_secret("00ff")
    listed.check_secret("user:password")
    with pytest.raises(RelayError, match="can't be read as hex"):
        listed.check_secret("neither")


def test_a_scheme_says_what_it_needs_of_a_request() -> None:
    words = msgspec.convert(
        {
            "algorithm": "hmac-sha256",
            "header": "X-Signature",
            "content": "{url:port}{field:a}{vars:b}{body}",
            "secret_from": "c",
        },
        Vocabulary,
    )
    scheme = catalogue.spelled(words)
    assert (scheme.reads_body, scheme.signs_url, scheme.binds_body, scheme.needs_secret) == (True, True, True, False)
    assert scheme.vars == {"b", "c"}
    assert catalogue.load("token").hidden == {"authorization"}


@pytest.mark.parametrize(
    ("form", "address", "signed"),
    [
        ("port", "https://example.com/in/a?b=1", "https://example.com:443/in/a?b=1"),
        ("port", "http://example.com", "http://example.com:80"),
        ("port", "https://example.com:8443/in", "https://example.com:8443/in"),
        ("portless", "https://example.com:8443/in?x=:1", "https://example.com/in?x=:1"),
        ("portless", "nowhere", "nowhere"),
        ("port", "nowhere", "nowhere"),
        ("unescaped", "https://example.com/a%2fb?c=%40%20%E5", "https://example.com/a/b?c=@%20%E5"),
    ],
)
def test_the_address_is_also_signed_as_platforms_write_it(form: str, address: str, signed: str) -> None:
    assert FORMS[form](address) == signed
