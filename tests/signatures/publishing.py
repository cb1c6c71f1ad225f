"""Platforms that publish keys, played: their certificates, their JWKs, and their answers."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from relay.destination import Answer

NOW = 1_800_000_000
HOST = "messageverificationcerts.paypal.com"
API_KEY = "an-api-v3-key-of-32-characters-!"


def public_pem(key: Any) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def private_pem(key: Any) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def said(body: bytes | str | Mapping[str, Any], status: int = 200, **headers: str) -> Answer:
    data = json.dumps(body) if isinstance(body, Mapping) else body
    return Answer(status=status, headers=headers, body=data.encode() if isinstance(data, str) else data)


@dataclass
class Authority:
    """A root, one that it trusts, and what that one issues."""

    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    middle: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def __post_init__(self) -> None:
        self.root = _issued("Root", self.key, "Root", self.key, authority=True)
        self.between = _issued("Between", self.middle, "Root", self.key, authority=True)

    @property
    def root_pem(self) -> str:
        return self.root.public_bytes(Encoding.PEM).decode()

    @property
    def between_pem(self) -> str:
        return self.between.public_bytes(Encoding.PEM).decode()

    def leaf_pem(self, key: Any, host: str = HOST, *, ends_s: int = 86_400) -> str:
        """The last certificate alone."""
        leaf = _issued(host, key, "Between", self.middle, authority=False, ends_s=ends_s)
        return leaf.public_bytes(Encoding.PEM).decode()

    def chain_pem(self, key: Any, host: str = HOST, *, ends_s: int = 86_400) -> str:
        return self.leaf_pem(key, host, ends_s=ends_s) + self.between_pem


def _issued(
    name: str, key: Any, issuer: str, issued_by: Any, *, authority: bool, ends_s: int = 86_400, serial: int = 0
) -> x509.Certificate:
    begins = datetime.fromtimestamp(NOW, UTC) - timedelta(days=30)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer))
        .public_key(key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(datetime.fromtimestamp(NOW + ends_s, UTC))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issued_by.public_key()), critical=False)
    )
    if authority:
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        return builder.add_extension(usage, critical=True).sign(issued_by, SHA256())
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return builder.add_extension(usage, critical=False).sign(issued_by, SHA256())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def jwk_of(key: ec.EllipticCurvePrivateKey, name: str, **more: Any) -> dict[str, Any]:
    """As Plaid's /webhook_verification_key/get gives one."""
    numbers = key.public_key().public_numbers()
    x, y = (base64.urlsafe_b64encode(n.to_bytes(32)).decode().rstrip("=") for n in (numbers.x, numbers.y))
    jwk = {"alg": "ES256", "created_at": NOW - 90, "crv": "P-256", "expired_at": None, "kid": name, "kty": "EC"}
    return {**jwk, "use": "sig", "x": x, "y": y} | more


@dataclass
class WeChat:
    """WeChat Pay with one merchant: its certificates by serial number, and the API key that both know."""

    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    serial: int = 0x5157F09EFDC096DE15EBE81A47057A7232F1B8E1
    api_key: str = API_KEY

    @property
    def serial_text(self) -> str:
        return f"{self.serial:X}"

    def body(self, *, ends_s: int = 86_400, listed: str = "") -> bytes:
        certificate = _issued(
            "Tenpay", self.key, "Tenpay", self.key, authority=False, ends_s=ends_s, serial=self.serial
        )
        sealed = AESGCM(self.api_key.encode()).encrypt(
            b"61f9c719728a", certificate.public_bytes(Encoding.PEM), b"certificate"
        )
        encrypted = {
            "algorithm": "AEAD_AES_256_GCM",
            "nonce": "61f9c719728a",
            "associated_data": "certificate",
            "ciphertext": base64.b64encode(sealed).decode(),
        }
        return json.dumps(
            {"data": [{"serial_no": listed or self.serial_text, "encrypt_certificate": encrypted}]}
        ).encode()

    def headers(self, body: bytes, at: int = NOW) -> dict[str, str]:
        """Those that sign an answer or a notification."""
        signature = self.key.sign(f"{at}\nn0nce\n".encode() + body + b"\n", PKCS1v15(), SHA256())
        return {
            "wechatpay-timestamp": str(at),
            "wechatpay-nonce": "n0nce",
            "wechatpay-serial": self.serial_text,
            "wechatpay-signature": base64.b64encode(signature).decode(),
        }
