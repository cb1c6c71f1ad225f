"""What a failed exchange is called: short and stable reasons, so that they can be grouped; never a URL or a body."""

import errno
import socket
import ssl

import aiohttp

from relay.errors import TlsFault, Unanswered, Unsendable, Unsent, reason_of
from relay.texts import N_, _

_CONNECT = {
    errno.ECONNREFUSED: N_("connection refused"),
    errno.EHOSTUNREACH: N_("host unreachable"),
    errno.ENETUNREACH: N_("network unreachable"),
    errno.ETIMEDOUT: N_("timed out while connecting"),
    errno.ECONNRESET: N_("connection reset while connecting"),
    socket.EAI_AGAIN: N_("name lookup failed"),
}


METADATA = N_("the address is a metadata service's or link-local")
PRIVATE = N_("the address is in no public network, and routes.yaml doesn't write its host out")


class OffLimits(OSError):
    """An address that no socket is made for. `chosen`: by the payload, so that it is the document's fault."""

    def __init__(self, why: str, chosen: bool = False) -> None:
        super().__init__(errno.EACCES, why)
        self.chosen = chosen


def fault(error: Exception) -> Unsent | Unanswered:
    """The error to raise for one of aiohttp's, asyncio's or the system's. What didn't provably fail before the
    first byte is Unanswered."""
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return TlsFault(_("TLS: certificate verify failed: {reason}", reason=_verify_text(error.certificate_error)))
        case aiohttp.ClientConnectorError():
            return _connecting(error.os_error, isinstance(error, aiohttp.ClientConnectorDNSError))
        case aiohttp.ConnectionTimeoutError():
            return Unsent(_("timed out while connecting"))
        case aiohttp.InvalidURL():
            return Unsendable(_("the URL can't be read"), remedy=_("check its host and port"))
    return Unanswered(_after(error))


def _connecting(error: OSError, lookup: bool) -> Unsent:
    if isinstance(error, OffLimits):
        return (Unsendable if error.chosen else Unsent)(reason_of(error))
    if isinstance(error, ssl.SSLError):
        return TlsFault(f"TLS: {(error.reason or 'failed').replace('_', ' ').lower()}")
    return Unsent(_(_CONNECT.get(error.errno or 0, N_("name not found") if lookup else N_("can't connect"))))


def _verify_text(error: Exception) -> str:
    return error.verify_message.rstrip(".") if isinstance(error, ssl.SSLCertVerificationError) else "unknown"


def _after(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return _("timed out after sending")
    if isinstance(error, aiohttp.ClientPayloadError):
        return _("the answer broke off")
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return _("connection closed after sending")
    if isinstance(error, OSError):
        return _("connection reset after sending")
    return _("the answer is no readable HTTP")
