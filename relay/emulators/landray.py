"""Landray EKP: reviews added by REST (a multipart form under Basic) or by SOAP, where a refusal is a Fault.

From clients of both, and the fields of kmReviewWebserviceService. Inferred: that SOAP takes Basic too (a real one may
believe an address alone), the texts of refusals, and that the same review sent twice is there twice.
"""

import hmac
from base64 import b64decode
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar
from xml.etree.ElementTree import Element, SubElement

from aiohttp import web

from relay.emulators.stage.answers import Declined, as_json
from relay.emulators.stage.books import Entry
from relay.emulators.stage.emulator import Emulator, Purpose
from relay.emulators.stage.forms import amount_of, key_of
from relay.emulators.stage.knobs import Knob
from relay.emulators.stage.ledger import missing
from relay.emulators.stage.xml import BadXml, as_xml, charset_of, read_xml, text
from relay.errors import RelayError
from relay.money import BadJson, decode_json

REST = "/api/km-review/kmReviewRestService/addReview"
SOAP = "/sys/webservice/kmReviewWebserviceService"
KEYS = ("fd_reference", "reference", "fd_no")
DEMANDED = ("docSubject", "fdTemplateId", "docCreator", "formValues")
FAILED, DONE = 1, 2
_SOAP_SPACE = "http://schemas.xmlsoap.org/soap/envelope/"
_REVIEW_SPACE = "http://webservice.review.km.kmss.landray.com/"


class Refused(RelayError):
    """Why a review isn't added, in the system's words."""


class Played(Emulator):
    """formValues has an amount under `fd_amount`, `amount` or `je`, and its sender's number under `fd_reference`,
    `reference` or `fd_no`; without that the subject is the key. Numbers are fdIds. It has no WSDL to read."""

    title = "Landray EKP (蓝凌)"
    docs = "https://www.landray.com.cn/"
    account: ClassVar = {"user": "relay", "password": "landray-password", "fdTemplateId": "18cf1fee10387873b9e5"}
    spared: ClassVar = frozenset({Knob.EXPIRE_SESSIONS, Knob.CLOSED_PERIOD})

    def routes(self) -> Iterable[web.RouteDef]:
        yield self.on(Purpose.POSTING, "POST", REST, self._rest)
        yield self.on(Purpose.POSTING, "POST", SOAP, self._soap)

    def throttled(self, request: web.Request) -> web.Response:
        busy = "系统繁忙，请稍后再试"
        return _fault(busy) if request.path == SOAP else _rest_said(FAILED, busy)

    async def _rest(self, request: web.Request) -> web.Response:
        self._check(request)
        form = {name: str(value) for name, value in (await request.post()).items()}
        try:
            return _rest_said(DONE, self._added(form))
        except Refused as refused:
            return _rest_said(FAILED, str(refused))

    async def _soap(self, request: web.Request) -> web.Response:
        self._check(request)
        body = await request.read()
        try:
            return _soap_said(self._added(_asked(read_xml(body, charset_of(body, request.charset)))))
        except (Refused, BadXml) as refused:
            return _fault(str(refused))

    def _added(self, form: Mapping[str, str]) -> str:
        """The new review's fdId. Raises Refused."""
        if lacking := missing(form, DEMANDED):
            raise Refused(f"{lacking}不能为空")
        if form["fdTemplateId"] != self.account["fdTemplateId"]:
            raise Refused("流程模板不存在")
        values, _ = _json(form, "formValues"), _json(form, "docCreator")
        at = self.books.next_number("review")
        entry = Entry(
            number=f"19a0{at:028x}",
            key=key_of(values, KEYS, form["docSubject"]),
            kind="review",
            state="draft" if form.get("docStatus") == "10" else "running",
            amount=amount_of(values),
            document=dict(form),
        )
        return self.books.post(entry).number

    def _check(self, request: web.Request) -> None:
        expected = f"{self.account['user']}:{self.account['password']}"
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        try:
            right = hmac.compare_digest(b64decode(given), expected.encode())
        except ValueError:
            right = False
        if scheme.lower() != "basic" or not right:
            challenge = {"WWW-Authenticate": 'Basic realm="ekp"'}
            raise Declined(web.Response(status=401, text="Unauthorized", headers=challenge))


def _asked(envelope: Element) -> dict[str, str]:
    """The fields of addReview, at whatever depth its argument's name puts them."""
    asked = envelope.find(".//addReview")
    if asked is None:
        raise Refused("没有addReview")
    return {each.tag: text(each, ".") for each in asked.iter()}


def _json(form: Mapping[str, str], name: str) -> dict[str, Any]:
    try:
        value = decode_json(form[name].encode())
    except BadJson:
        value = None
    if not isinstance(value, dict):
        raise Refused(f"{name}不是JSON对象")
    return value


def _rest_said(state: int, said: str) -> web.Response:
    return as_json({"returnState": state, "message": said})


def _envelope() -> tuple[Element, Element]:
    envelope = Element("soap:Envelope", {"xmlns:soap": _SOAP_SPACE})
    return envelope, SubElement(envelope, "soap:Body")


def _soap_said(number: str) -> web.Response:
    envelope, body = _envelope()
    answer = SubElement(body, "ns2:addReviewResponse", {"xmlns:ns2": _REVIEW_SPACE})
    SubElement(answer, "return").text = number
    return as_xml(envelope)


def _fault(why: str) -> web.Response:
    envelope, body = _envelope()
    fault = SubElement(body, "soap:Fault")
    SubElement(fault, "faultcode").text = "soap:Server"
    SubElement(fault, "faultstring").text = why
    return as_xml(envelope, status=500)
