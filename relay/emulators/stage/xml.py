"""XML in and out of a played system, in the charset that the document declares; names without their namespaces."""

import re
from xml.etree.ElementTree import Element, ParseError, tostring

from aiohttp import web
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from relay.errors import RelayError

_DECLARED = re.compile(rb"""\s*<\?xml[^>]*\sencoding=["']([A-Za-z0-9._-]+)["']""")


class BadXml(RelayError):
    """Bytes that aren't XML, or hold what is not to be read: a DTD's entities, an unknown charset."""


def charset_of(body: bytes, header: str | None = None) -> str:
    """What the document declares, else what its Content-Type does, else UTF-8."""
    declared = _DECLARED.match(body)
    return declared[1].decode() if declared else header or "UTF-8"


def read_xml(body: bytes, charset: str) -> Element:
    """Raises BadXml. Expat knows no GBK, so the text is decoded first."""
    try:
        root = fromstring(body.decode("gb18030" if charset.lower() in {"gbk", "gb2312"} else charset))
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise BadXml(f"no XML that can be read: {type(error).__name__}") from None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def as_xml(root: Element, charset: str = "UTF-8", status: int = 200) -> web.Response:
    body = tostring(root, encoding=charset, xml_declaration=True)
    return web.Response(status=status, body=body, headers={"Content-Type": f"text/xml;charset={charset}"})


def text(element: Element, path: str) -> str:
    """The text at a path, "" where there is none."""
    return (element.findtext(path) or "").strip()
