"""WeChat Pay's certificates, as GET /v3/certificates answers: each encrypted, and the answer signed by one of them.

They are opened with the merchant's own APIv3 key first, which nobody else has, and the answer's signature is held
against the one it names (pay.weixin.qq.com, 获取平台证书列表; wechatpay-go, core/downloader).
"""

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import Certificate, load_pem_x509_certificate

from relay.destination import Answer
from relay.errors import KeyRefused, RelayError
from relay.publisher import Published
from relay.publishers.plain import pem_of
from relay.texts import _

TOLERANCE_S = 300


class WechatPay:
    """`key`: the APIv3 key. Raises RelayError on one that has other than 32 characters."""

    def __init__(self, key: str) -> None:
        if len(key.encode()) != 32:
            raise RelayError(
                _("the APIv3 key isn't one"), remedy=_("give its 32 characters, as the merchant platform has it")
            )
        self._cipher = AESGCM(key.encode())

    def read(self, name: str, taken: Any, answer: Answer, now: float) -> Mapping[str, Published]:
        try:
            found = dict(self._opened(taken["data"], now))
            _check_signed(answer, found, now)
        except (InvalidTag, InvalidSignature, KeyError, TypeError, ValueError):
            raise KeyRefused(_("the answer doesn't prove that it is WeChat Pay's")) from None
        return {serial: _published(certificate) for serial, certificate in found.items()}

    def _opened(self, listed: list[Mapping[str, Any]], now: float) -> Iterator[tuple[str, Certificate]]:
        """By serial number, without those whose time isn't now."""
        for each in listed:
            sealed = each["encrypt_certificate"]
            nonce, bound = sealed["nonce"].encode(), sealed["associated_data"].encode()
            pem = self._cipher.decrypt(nonce, base64.b64decode(sealed["ciphertext"]), bound)
            certificate = load_pem_x509_certificate(pem)
            if _is_current(certificate, now) and int(each["serial_no"], 16) == certificate.serial_number:
                yield each["serial_no"], certificate


def _is_current(certificate: Certificate, now: float) -> bool:
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return begins.timestamp() <= now <= ends.timestamp()


def _check_signed(answer: Answer, found: Mapping[str, Certificate], now: float) -> None:
    """Raises KeyError, ValueError or InvalidSignature unless one of the certificates signed the answer just now."""
    said = {part: answer.headers[f"wechatpay-{part}"] for part in ("timestamp", "nonce", "serial", "signature")}
    if abs(now - int(said["timestamp"])) > TOLERANCE_S:
        raise ValueError("stale")
    content = f"{said['timestamp']}\n{said['nonce']}\n".encode() + answer.body + b"\n"
    key = found[said["serial"]].public_key()
    if not isinstance(key, RSAPublicKey):
        raise ValueError("of another algorithm")  # noqa: TRY004 - all faults of an answer are one
    key.verify(base64.b64decode(said["signature"]), content, PKCS1v15(), SHA256())


def _published(certificate: Certificate) -> Published:
    until = certificate.not_valid_after_utc.timestamp()
    return Published(key=pem_of(certificate.public_key()), until=until)
