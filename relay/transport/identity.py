"""How Relay's end of TLS proves itself to a destination (mTLS), one context for each set of certificates."""

import ssl
import tempfile
from functools import lru_cache
from pathlib import Path

from relay.destination import Identity
from relay.errors import TlsFault
from relay.texts import _

_KEPT = 256


@lru_cache(maxsize=_KEPT)
def context_of(identity: Identity) -> ssl.SSLContext:
    """Always the same for the same one, as connections are kept by it. Raises TlsFault where its parts don't fit."""
    try:
        context = ssl.create_default_context(cadata=identity.ca)
        if identity.cert and identity.key:
            _load(context, f"{identity.key}\n{identity.cert}\n")
    except (ssl.SSLError, ValueError):
        raise TlsFault(_("TLS: mtls: the certificate and the key can't be used together")) from None
    return context


def _load(context: ssl.SSLContext, pem: str) -> None:
    """OpenSSL reads keys from files alone: here from one that only this user may read, for that moment. An encrypted
    key fails instead of asking for its password."""
    with tempfile.TemporaryDirectory(prefix="relay-tls-") as folder:
        file = Path(folder) / "identity.pem"
        file.touch(mode=0o600)
        file.write_text(pem, encoding="ascii")
        context.load_cert_chain(file, password=lambda: b"")
