"""浪潮 (Inspur) GS, not verified: nothing of its interface for vouchers is public, so it is played as a plain system.

What a site's own interface answers has to be learnt there; a route tried here is tried against nobody's behaviour."""

from typing import ClassVar

from relay.emulators import rest


class Played(rest.Played):
    """Answers as the plain REST system does."""

    title = "浪潮 (Inspur) GS, not verified: a plain REST system"
    docs = "https://www.rfc-editor.org/rfc/rfc9110"
    account: ClassVar = {"token": "inspur-token"}
