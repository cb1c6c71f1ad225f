"""The platforms that people ask for and that have no scheme by name, with what was looked for and not found.

Nothing is guessed and called support: each can be spelled out in routes.yaml by who has its documentation.
"""

from typing import NamedTuple


class Wanted(NamedTuple):
    """`sought`: what was looked for and not found. `until`: what can be done today."""

    name: str
    sought: str
    until: str


_BY_PATH = "a secret path, `{algorithm: token, path: true}`, and `allow` with the sender's networks"
_SPELLED = "spell out what its page says, if there is one; else a secret path and `allow`"

WANTED = (
    Wanted("每刻 (maycur)", "a page on callbacks, or code that receives one; public code calls its API only", _BY_PATH),
    Wanted("汇联易 (huilianyi)", "a page on callbacks; its login alone was seen in public code", _BY_PATH),
    Wanted("云快报", "a page on callbacks", _BY_PATH),
    Wanted(
        "金蝶云·苍穹 (Kingdee Cosmic), open events",
        "what x-kem-signature is computed over, and how a body with x-kem-encrypt-iv is sealed; the headers' names and "
        "that a receiver may leave them unchecked are all that the copies of its page have",
        _BY_PATH,
    ),
    Wanted(
        "金蝶云·星空 (Kingdee K/3 Cloud)", "a page on pushes; X-Api-Signature is for calls to its gateway", _BY_PATH
    ),
    Wanted("百望 (Baiwang)", "a page on callbacks; the MD5 of its SDK signs calls to it", _BY_PATH),
    Wanted("航信 (Aisino)", "a page on callbacks", _BY_PATH),
    Wanted(
        "Zoho Books, Invoice and Billing",
        "the algorithm of X-Zoho-Webhook-Signature, and whether `=` and `&` stay between the sorted pairs",
        _SPELLED,
    ),
    Wanted("Spendesk", "how its webhooks are signed; that it has subscriptions is documented", _SPELLED),
    Wanted("Coupa", "how its webhooks are signed; no copy of its page on them was found", _SPELLED),
    Wanted(
        "Expensify",
        "any webhook; its Integration Server is asked by whoever wants to know",
        "have it asked by a program that posts",
    ),
    Wanted("Sage", "a page on webhooks and their signature", _SPELLED),
)
