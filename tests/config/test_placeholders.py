"""Where a file is only looked at, something that suits the place stands in for each variable that isn't set."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from relay import destinations
from relay.cli import main
from relay.config import Config, load
from relay.destinations.example import asking, part
from relay.errors import ConfigError
from relay.signatures import catalogue

ALLOW = {"allow": ["10.0.0.0/8"], "public_url": "https://relay.example.com/in/s"}


def loaded(folder: Path, tree: Any) -> Config:
    text = tree if isinstance(tree, str) else yaml.safe_dump({"version": 1, **tree})
    (folder / "routes.yaml").write_text(text, encoding="utf-8")
    return load(folder / "routes.yaml", {}, placeholders=True)


def destination(folder: Path, **said: Any) -> Config:
    return loaded(folder, {"sources": {}, "destinations": {"d": {"url": "https://d.example.com", **said}}})


@pytest.mark.parametrize("name", catalogue.names())
def test_one_suits_every_scheme_that_a_source_may_name(name: str, tmp_path: Path) -> None:
    record = catalogue.record(name)
    variables = {each: f"${{{each.upper()}}}" for each in (*record.needs, *record.optional)}
    source = {"verify": name, "secret": "${SECRET}", "vars": variables, **ALLOW}
    config = loaded(tmp_path, {"sources": {"s": source}})
    for secret in config.sources["s"].secrets:
        config.sources["s"].scheme.check_secret(secret)


@pytest.mark.parametrize("name", destinations.names())
def test_one_suits_every_place_of_a_presets_example(name: str, tmp_path: Path) -> None:
    source = "version: 1\nsources: {expenses: {verify: token, secret: '${SECRET}'}}\n"
    example = part(asking(destinations.preset(name).example, name), name)
    assert name in loaded(tmp_path, f"{source}{example}").destinations


@pytest.mark.parametrize("name", ["standard-webhooks", "github"])
def test_one_signs_what_a_destination_is_sent(name: str, tmp_path: Path) -> None:
    assert destination(tmp_path, sign={"scheme": name, "secret": "${KEY}"}).destinations["d"].sign


def test_a_certificate_and_a_key_belong_together(tmp_path: Path) -> None:
    mtls = {"cert": "${CERT}", "key": "${KEY}", "ca": "${file:missing.pem}"}
    assert destination(tmp_path, mtls=mtls).destinations["d"].identity


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("${ERP_URL}", "https://erp-url.example"),
        ("${ERP_URL}/k3cloud", "https://erp-url.example/k3cloud"),
        ("https://${ERP_HOST}:${ERP_PORT}/api/${TENANT}", "https://erp-host.example:443/api/placeholder-tenant"),
    ],
)
def test_an_address_tells_which_variable_it_stands_for(written: str, url: str, tmp_path: Path) -> None:
    assert destination(tmp_path, url=written).destinations["d"].url.evaluate({}) == url


def test_durations_sizes_and_networks_are_found_by_trying(tmp_path: Path) -> None:
    config = loaded(
        tmp_path,
        "version: 1\ndefaults: {max_body: '${SIZE}', timezone: '${ZONE}'}\n"
        "server: {trusted_proxies: ['${PROXY}'], admin: '${ADMIN}'}\n"
        "sources: {s: {verify: none, allow: ['${OFFICE}'], rate: '${RATE}', dedupe: '${DEDUPE}'}}\n",
    )
    assert (config.timezone, config.sources["s"].rate) == ("UTC", 10)


def test_a_variable_that_is_set_and_a_default_stand_as_they_are(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=https://set.example.com\n")
    text = "version: 1\nsources: {}\ndestinations: {a: {url: '${A}'}, b: {url: '${B:-http://b}'}}\n"
    urls = [each.url.evaluate({}) for each in loaded(tmp_path, text).destinations.values()]
    assert urls == ["https://set.example.com", "http://b"]


def test_other_faults_are_told_and_no_variable(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        destination(tmp_path, url="ftp://${HOST}/", headers={"X": "${TOKEN}"}, nonsense=1)
    assert [fault.what for fault in refused.value.faults] == [
        "the key 'nonsense' isn't known here",
    ]


def test_check_looks_for_variables_unless_told_not_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "routes.yaml"
    file.write_text("version: 1\nsources: {s: {verify: standard-webhooks, secret: '${SECRET_OF_S}'}}\n")
    assert main(["check", str(file)]) == 1
    assert "the variable SECRET_OF_S isn't set" in capsys.readouterr().err
    assert main(["check", "--no-env", str(file)]) == 0
