"""A plain SOAP 1.1 system, as a starting point: posts documents, knows a key again, and can be asked for it.

A refusal is a fault under HTTP 500, as SOAP 1.1 demands (www.w3.org/TR/2000/NOTE-SOAP-20000508), with the system's own
code in its detail. In `post`: reference, and lines with account, debit or credit; in `find`: reference."""

from collections.abc import Iterable
from typing import Any, ClassVar
from xml.etree.ElementTree import Element

from aiohttp import web
from jinja2 import Environment

from relay.emulators.stage.books import Entry
from relay.emulators.stage.checks import Wrong, code_of
from relay.emulators.stage.emulator import Emulator, Purpose
from relay.emulators.stage.knobs import Knob
from relay.emulators.stage.ledger import balanced
from relay.emulators.stage.wire import is_user
from relay.emulators.stage.xml import read_xml, text
from relay.errors import RelayError

PATH = "/services/documents"
KIND = "document"
ENVELOPE = """<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>{}</soapenv:Body>
</soapenv:Envelope>"""
_PAGES = Environment(autoescape=True)
ANSWER = _PAGES.from_string(
    ENVELOPE.format("""<d:{{ name }} xmlns:d="urn:example:documents"><number>{{ number }}</number></d:{{ name }}>""")
)
FAULT = _PAGES.from_string(
    ENVELOPE.format(
        """<soapenv:Fault><faultcode>soapenv:{{ side }}</faultcode><faultstring>{{ reason }}</faultstring>
<detail><code>{{ code }}</code><number>{{ number }}</number></detail></soapenv:Fault>"""
    )
)


class Played(Emulator):
    """Answers with a number; a key that it has, with a fault that holds the number of then."""

    title = "A plain SOAP system"
    docs = "https://www.w3.org/TR/2000/NOTE-SOAP-20000508"
    account: ClassVar = {"username": "relay", "password": "soap-password"}
    spared: ClassVar = frozenset({Knob.EXPIRE_SESSIONS})

    def routes(self) -> Iterable[web.RouteDef]:
        yield self.on(Purpose.POSTING, "POST", PATH, self._called)
        yield self.on(Purpose.ASKING, "POST", f"{PATH}/find", self._asked)

    def throttled(self, request: web.Request) -> web.Response:
        return _fault("BUSY", "too many calls", side="Server")

    def closed(self, request: web.Request) -> web.Response:
        return _fault("PERIOD_CLOSED", "the period is closed")

    async def _called(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return _unknown()
        try:
            asked = await _body(request, "post")
            known = self.books.find(text(asked, "reference"), KIND)
            if known:
                return _fault("EXISTS", "the document exists", number=known.number)
            return _said(ANSWER.render(name="postResponse", number=self.books.post(self._entry(asked)).number))
        except RelayError as error:
            return _fault(code_of(error, "INVALID"), str(error))

    async def _asked(self, request: web.Request) -> web.Response:
        if not self._is_known(request):
            return _unknown()
        try:
            known = self.books.find(text(await _body(request, "find"), "reference"), KIND)
        except RelayError as error:
            return _fault(code_of(error, "INVALID"), str(error))
        return _said(ANSWER.render(name="findResponse", number=known.number if known else ""))

    def _is_known(self, request: web.Request) -> bool:
        return is_user(request, self.account["username"], self.account["password"])

    def _entry(self, asked: Element) -> Entry:
        """Raises RelayError."""
        reference, lines = text(asked, "reference"), list(asked.iter("line"))
        if not reference:
            raise Wrong("reference is required", "MISSING")
        if not lines or not all(text(line, "account") for line in lines):
            raise Wrong("account is required in each line", "MISSING")
        rows: list[dict[str, Any]] = [{each.tag: (each.text or "").strip() for each in line} for line in lines]
        return Entry(
            number=f"S-{self.books.next_number(KIND):05}",
            key=reference,
            kind=KIND,
            state="posted",
            amount=balanced((row.get("debit"), row.get("credit")) for row in rows),
            document=rows,
        )


async def _body(request: web.Request, name: str) -> Element:
    """The call in SOAP's body. Raises RelayError where it is another, or no SOAP."""
    found = read_xml(await request.read(), request.charset or "UTF-8").find(f"Body/{name}")
    if found is None:
        raise Wrong(f"the body holds no {name}", "UNKNOWN_CALL")
    return found


def _said(page: str, status: int = 200) -> web.Response:
    return web.Response(text=page, status=status, content_type="text/xml", charset="utf-8")


def _fault(code: str, reason: str, number: str = "", side: str = "Client") -> web.Response:
    return _said(FAULT.render(code=code, reason=reason, number=number, side=side), 500)


def _unknown() -> web.Response:
    return web.Response(status=401, text="Unauthorized", headers={"WWW-Authenticate": 'Basic realm="documents"'})
