"""Loads the YAML examples of the documents: a whole file as it is, a part of one among the parts that it leaves out."""

import base64
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from documents import ROOT, blocks

from relay.config import Config, load
from relay.destinations import names, preset
from relay.destinations.example import variable

KEY = "whsec_" + base64.b64encode(b"a secret for the examples, no other").decode()
SECRETS = ("EXPENSES_SECRET", "STATUS_SECRET", "UPLOADS_SECRET", "UPLOADS_SECRET_OLD")
PLATFORMS = ("CHAT", "MEETINGS", "CRC", "APPROVALS", "PAYMENTS", "INVOICES")
WORDS = (
    "HESI_TOKEN",
    "FEISHU_KEY",
    "FEISHU_TOKEN",
    "WECOM_TOKEN",
    "ERP_PASSWORD",
    "ERP_TOKEN",
    "ERP_KEY",
    "ARCHIVE_TOKEN",
    "OA_TOKEN",
)
ADDRESSES = ("ERP_URL", "OA_URL", "EXPENSES_URL")
_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
PUBLIC = base64.b64encode(_RSA.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
SHOWN = {"${URL}": "https://erp.example.com", "${public_key}": PUBLIC, "${spk}": PUBLIC}
OF_PRESETS = {
    variable(name, key): next((each for shown, each in SHOWN.items() if shown in str(value)), "only-an-example")
    for name in names()
    for key, value in {**preset(name).example.vars, **preset(name).example.destination}.items()
}
ENV = {
    **OF_PRESETS,
    **dict.fromkeys(SECRETS, KEY),
    "APPROVALS_AES_KEY": "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt",
    **dict.fromkeys(WORDS, "only-an-example"),
    **{f"{name}_{kind}": "only-an-example" for name in PLATFORMS for kind in ("TOKEN", "SECRET")},
    **dict.fromkeys(ADDRESSES, "https://erp.example.com"),
}
AROUND = {
    "version": "version: 1\n",
    "defaults": "defaults: {timezone: Asia/Shanghai}\n",
    "sources": "sources: {expenses: {verify: standard-webhooks, secret: '${EXPENSES_SECRET}'}}\n",
    "destinations": "destinations: {erp: {url: 'https://erp.example.com'}, archive: {url: 'https://archive.example.com'}}\n",
    "tables": "tables: {accounts: {file: tables/accounts.csv, key: [entity, fee_type], from: valid_from},\n"
    "  rates: {file: tables/rates.csv, key: [from, to], from: since}}\n",
}


def whole(text: str) -> str:
    """The example with the parts that it leaves out."""
    begun = {line.partition(":")[0] for line in text.splitlines() if line[:1].isalpha()}
    return "".join(part for name, part in AROUND.items() if name not in begun) + text


def loaded(text: str, folder: Path) -> Config:
    """Beside the files that docs/routes.md shows. Raises ConfigError."""
    for block in blocks(ROOT / "docs" / "routes.md"):
        if block.note.startswith("file="):
            file = folder / block.note.removeprefix("file=")
            file.parent.mkdir(exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
    (folder / "routes.yaml").write_text(text, encoding="utf-8")
    return load(folder / "routes.yaml", ENV)
