"""Words that contradict each other are refused where they are read, with what would be right."""

from typing import Any

import msgspec
import pytest

from relay.signatures import catalogue
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
