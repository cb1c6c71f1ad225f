"""Speaks to the plain SOAP system."""

from typing import ClassVar
from xml.sax.saxutils import escape

from aiohttp import encode_basic_auth
from defusedxml.ElementTree import fromstring
from speaking import Heard, Repeat, Speaker

from relay.emulators.stage.knobs import Knob

PATH = "/services/documents"
ENVELOPE = '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>{}</e:Body></e:Envelope>'
LINES = (
    """<line><account>6602</account><debit>{}</debit></line><line><account>2241</account><credit>{}</credit></line>"""
)


class Speaks(Speaker):
    wrong_login = "Unauthorized"
    missing = "account is required"
    unbalanced = "differ"
    repeat = Repeat.REFUSED
    says: ClassVar = {Knob.THROTTLE: "BUSY", Knob.CLOSED_PERIOD: "PERIOD_CLOSED"}

    async def log_in_wrongly(self) -> Heard:
        return await self.say("POST", PATH, headers={"Authorization": encode_basic_auth("relay", "wrong")})

    async def post(self, key: str, debit: str, credit: str | None = None) -> Heard:
        return await self.call(PATH, _call("post", key, LINES.format(debit, credit or debit)))

    async def post_incomplete(self, key: str) -> Heard:
        return await self.call(PATH, _call("post", key))

    def number(self, heard: Heard) -> str | None:
        return (fromstring(heard.text.encode()).findtext(".//number") or None) if self.is_right(heard) else None

    async def ask(self, key: str) -> str | None:
        return self.number(await self.call(f"{PATH}/find", _call("find", key)))

    async def call(self, path: str, body: str) -> Heard:
        headers = {"Authorization": encode_basic_auth("relay", "soap-password"), "Content-Type": "text/xml"}
        return await self.say("POST", path, data=ENVELOPE.format(body).encode(), headers=headers)

    def is_right(self, heard: Heard) -> bool:
        return heard.status == 200 and heard.text.startswith("<?xml")


def _call(name: str, key: str, lines: str = "") -> str:
    return f'<d:{name} xmlns:d="urn:example:documents"><reference>{escape(key)}</reference>{lines}</d:{name}>'
