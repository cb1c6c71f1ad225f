"""The played systems together, and the variables by which routes.yaml finds them."""

import base64
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import msgspec

from relay.demo.erp import Erp
from relay.demo.oa import Oa
from relay.demo.origin import Origin

USER = "relay"


class World(msgspec.Struct, frozen=True, kw_only=True):
    """`variables` is what the demo's `.env` sets: addresses, and secrets made for this demo alone."""

    erp: Erp
    oa: Oa
    origin: Origin
    variables: dict[str, str]


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    """The played systems, listening; they are ended when the block is left."""
    made = _secrets()
    erp, oa, origin = Erp(USER, made["ERP_PASSWORD"]), Oa(made["OA_TOKEN"]), Origin()
    addresses = {"ERP_URL": erp.url, "OA_URL": oa.url, "EXPENSES_URL": origin.url}
    async with AsyncExitStack() as stack:
        for played in (erp, oa, origin):
            stack.push_async_callback(played.end)
            await played.up()
        yield World(erp=erp, oa=oa, origin=origin, variables={**addresses, **made})


def _secrets() -> dict[str, str]:
    found = {
        name: secrets.token_urlsafe(24) for name in ("INVOICES_SECRET", "ERP_PASSWORD", "OA_TOKEN", "RELAY_API_TOKEN")
    }
    for name in ("EXPENSES_SECRET", "STATUS_SECRET"):
        found[name] = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
    return found
