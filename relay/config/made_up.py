"""Values that stand in for variables: texts, addresses, secrets and keys that are well formed and open nothing."""

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

_Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
_FROM, _UNTIL = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def text(name: str) -> str:
    return f"placeholder-{_slug(name)}"


def address(name: str) -> str:
    return f"https://{host(name)}"


def host(name: str) -> str:
    """Below a domain that nobody has (RFC 2606)."""
    return f"{_slug(name)}.example"


def _slug(name: str) -> str:
    """The name as a part of a host name: letters, digits and hyphens."""
    letters = (letter if letter.isascii() and letter.isalnum() else "-" for letter in name.lower())
    return "-".join(part for part in "".join(letters)[:40].split("-") if part) or "variable"


def _bytes(name: str, size: int) -> bytes:
    return hashlib.blake2b(name.encode(), digest_size=size, person=b"placeholder").digest()


def whsec(name: str) -> str:
    """As Standard Webhooks writes secrets."""
    return f"whsec_{base64.b64encode(_bytes(name, 32)).decode()}"


def hexadecimal(name: str) -> str:
    """32 characters, which are base64 as well."""
    return _bytes(name, 16).hex()


def pair(name: str) -> str:
    """As HTTP Basic has it."""
    return f"relay:{text(name)}"


def aes(name: str) -> str:
    """43 letters and digits, as WeCom and DingTalk show a key."""
    return base64.b64encode(_bytes(name, 32), altchars=b"ab").decode().rstrip("=")


@cache
def _rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@cache
def _ec() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def _ed25519() -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.generate()


def _public(key: Callable[[], _Key]) -> Callable[[str], str]:
    return lambda _: key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _private(key: Callable[[], _Key]) -> Callable[[str], str]:
    return lambda _: key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _whpk(_: str) -> str:
    return f"whpk_{base64.b64encode(_ed25519().public_key().public_bytes_raw()).decode()}"


def _whsk(_: str) -> str:
    both = _ed25519().private_bytes_raw() + _ed25519().public_key().public_bytes_raw()
    return f"whsk_{base64.b64encode(both).decode()}"


@cache
def _certificate() -> str:
    """Its own issuer; its key is the one on the curve P-256."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "placeholder.example")])
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(_ec().public_key())
    built = built.serial_number(1).not_valid_before(_FROM).not_valid_after(_UNTIL)
    return built.sign(_ec(), SHA256()).public_bytes(Encoding.PEM).decode()


PUBLIC: tuple[Callable[[str], str], ...] = (_public(_rsa), _public(_ec), _public(_ed25519), _whpk)
PRIVATE = (_private(_rsa), _private(_ec), _private(_ed25519), _whsk)
KEYS = (*PUBLIC, lambda _: _certificate(), *PRIVATE)
