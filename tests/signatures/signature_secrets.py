"""Secrets that suit a scheme: three that are live at once, each as its sender and as its receiver has it."""

from base64 import b64encode
from functools import cache
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat


class Secret(NamedTuple):
    """What the sender signs with and what the receiver verifies with."""

    signing: str
    verifying: str


@cache
def secrets(algorithm: str, key: str) -> tuple[Secret, Secret, Secret]:
    one, two, three = (_secret(algorithm, key, n) for n in range(3))
    return one, two, three


def _secret(algorithm: str, key: str, n: int) -> Secret:
    if algorithm in {"rsa-sha256", "rsa-pss-sha256"}:
        return pem(rsa.generate_private_key(65537, 2048))
    if algorithm == "jwt-es256":
        return pem(ec.generate_private_key(ec.SECP256R1()))
    if algorithm == "ed25519":
        return raw_ed25519(n) if key == "whpk" else pem(ed25519.Ed25519PrivateKey.generate())
    raw = bytes(range(n, n + 32))
    encoded = b64encode(raw).decode()
    forms = {"text": f"user{n}:pässword", "hex": raw.hex(), "base64": encoded, "whsec": f"whsec_{encoded}"}
    return Secret(forms[key], forms[key])


def raw_ed25519(n: int) -> Secret:
    """As Standard Webhooks writes them: the private key with the public one behind it."""
    seed = bytes(range(n, n + 32))
    public = ed25519.Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return Secret(f"whsk_{b64encode(seed + public).decode()}", f"whpk_{b64encode(public).decode()}")


def pem(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> Secret:
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return Secret(private.decode(), public.decode())
