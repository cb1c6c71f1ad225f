"""The filters by which requests prove themselves, against vectors that somebody else computed."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from played_logins import public, rsa_key

from relay.errors import ExpressionError
from relay.language.expression import Language

NAMES = frozenset({"a", "key"})


def value(text: str, **names: object) -> object:
    return Language().value(text, NAMES).evaluate(names)


def test_the_token_signature_of_yonbip() -> None:
    """Computed by the formula of github.com/yonyoucloud-open/corp-demo."""
    text = "{{ ('appKey' ~ a ~ 'timestamp' ~ '1700000000000') | hmac(key, 'sha256', 'base64') }}"
    made = value(text, a="testAppKey", key="testAppSecret")
    assert made == "ts67gMLMVYehUBJhU7CVBMugaDyMvi3OffQ9hLblx50="


def test_the_login_by_sign_of_k3_cloud() -> None:
    """Computed by the formula that public clients of LoginBySign share: sorted by code point, joined, SHA-256."""
    parts = "['5f0000000000aa', 'Administrator', '100001_APP', key, '1700000000']"
    made = value(f"{{{{ {parts} | sort(case_sensitive=true) | join | sha256 }}}}", key="SECRET")
    assert made == "d5690e9d8fc75480f1e473f1e2cbeb33e52b07c509103b58616196b550fbb89d"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # RFC 4231, 4.3
        ("{{ a | hmac('Jefe') }}", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        # RFC 2202, 3
        ("{{ a | hmac('Jefe', 'sha1') }}", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        ("{{ a | hmac('Jefe', 'md5') }}", "750c783e6ab0b503eaa86e310a5db738"),
        # FIPS 180-2 and RFC 1321, of `abc`
        ("{{ 'abc' | sha256 }}", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("{{ 'abc' | sha1 }}", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("{{ 'abc' | md5 }}", "900150983cd24fb0d6963f7d28e17f72"),
        ("{{ 'abc' | sha1('base64') }}", "qZk+NkcGgWq6PiVxeFDCbJzQ2J0="),
        ("{{ 'äb' | hex }}", "c3a462"),
        ("{{ 'äb' | b64encode }}", "w6Ri"),
    ],
)
def test_digests_and_codes(text: str, expected: str) -> None:
    assert value(text, a="what do ya want for nothing?") == expected


@pytest.mark.parametrize("form", ["pem", "der"])
def test_rsa_encrypts_to_whom_has_the_key(form: str) -> None:
    private = load_pem_private_key(rsa_key().encode(), None)
    pem = public(private)
    key = pem if form == "pem" else "".join(pem.splitlines()[1:-1])
    sealed = value("{{ a | rsa(key) }}", a="s3cret", key=key)
    assert private.decrypt(base64.b64decode(sealed), PKCS1v15()) == b"s3cret"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{{ a | hmac('') }}", "key of hmac is empty"),
        ("{{ a | hmac('k', 'sha25') }}", "no digest 'sha25'"),
        ("{{ a | sha256('b64') }}", "no form 'b64'"),
        ("{{ a | rsa('%%') }}", "public key"),
        ("{{ a | rsa('abc') }}", "can't be read"),
    ],
)
def test_what_cannot_be_proved_says_why(text: str, says: str) -> None:
    with pytest.raises(ExpressionError, match=says):
        value(text, a="x")
