"""Values that a destination's expressions know: `vars`, what a preset needs of them, and what they are put into."""

from pathlib import Path

import pytest

from relay.config import Config, load
from relay.config.destinations import destination_of
from relay.config.document import read
from relay.config.files import Files, Folder
from relay.config.loading import Loading
from relay.config.overlay import Overlay
from relay.config.places import Faults
from relay.config.variables import Variables
from relay.destinations import Preset
from relay.errors import ConfigError

START = "version: 1\nsources: {s: {verify: github, secret: abcd}}\ndestinations:\n"
NEEDY = Preset(
    title="A system",
    docs="https://example.com",
    posts=False,
    needs={"base": "its address", "account": "which set of books"},
    settings={"url": "{{ vars.base }}/save", "vars": {"form": "GL"}},
)


def loaded(folder: Path, destinations: str, **env: str) -> Config:
    (folder / "routes.yaml").write_text(START + destinations)
    return load(folder / "routes.yaml", env)


def faults(folder: Path, destinations: str) -> str:
    with pytest.raises(ConfigError) as refused:
        loaded(folder, destinations)
    return str(refused.value)


def told(text: str, preset: Preset) -> list[str]:
    """The faults of the destination `erp` in a file, made of this preset."""
    found = Faults("routes.yaml")
    document = read((START + text).encode(), found)
    loading = Loading(document, found, Variables(document, found, {}, Path()), Files(Folder(Path())))
    over = Overlay(("destinations", "erp"), "needy", preset, dict(preset.settings), {})
    over.lay(document.tree["destinations"]["erp"], ("destinations", "erp"))
    destination_of("erp", over, loading, is_callback=False)
    return [str(fault) for fault in found.error().faults]


def test_what_depends_on_vars_alone_is_known_at_load(tmp_path: Path) -> None:
    """So that an address made of them counts as fixed, and one that is wrong stops the lane and not the document."""
    said = "  erp: {vars: {base: 'https://erp.example.com', id: 7}, url: '{{ vars.base }}/api/{{ vars.id }}'}\n"
    url = loaded(tmp_path, said).destinations["erp"].url
    assert (url.constant, url.printed({})) == (True, "https://erp.example.com/api/7")


def test_what_depends_on_the_event_too_is_told_later(tmp_path: Path) -> None:
    said = "  erp: {vars: {base: 'https://erp.example.com'}, url: '{{ vars.base }}/{{ event.id }}'}\n"
    url = loaded(tmp_path, said).destinations["erp"].url
    assert not url.constant
    assert url.printed({"event": {"id": "e1"}}) == "https://erp.example.com/e1"


def test_vars_are_joined_one_by_one_with_those_that_a_destination_extends(tmp_path: Path) -> None:
    said = """\
  base: {abstract: true, vars: {host: erp.example.com, form: GL}, url: "https://{{ vars.host }}/{{ vars.form }}"}
  erp: {extends: base, vars: {form: AP}}
"""
    assert loaded(tmp_path, said).destinations["erp"].url.printed({}) == "https://erp.example.com/AP"


def test_a_var_that_is_not_there_is_refused_with_the_nearest(tmp_path: Path) -> None:
    said = "  erp: {vars: {base: 'https://erp.example.com'}, url: '{{ vars.bsae }}/x'}\n"
    assert "vars.base" in faults(tmp_path, said)


def test_a_var_is_a_value_and_no_expression(tmp_path: Path) -> None:
    said = "  erp: {vars: {base: 'https://{{ event.id }}'}, url: 'https://erp.example.com'}\n"
    assert "vars.base can't hold {{ … }}" in faults(tmp_path, said)


def test_a_secret_among_the_vars_is_masked_whether_a_variable_or_the_file_brought_it(tmp_path: Path) -> None:
    said = "  erp: {vars: {app_secret: in-the-file, pin: '${ERP_TOKEN}'}, url: 'https://erp.example.com'}\n"
    mask = loaded(tmp_path, said, ERP_TOKEN="from-outside").mask
    assert mask.text("in-the-file from-outside") == "*** ***"


@pytest.mark.parametrize("name", ["ERP_PW", "PW", "ERP_PWD", "K3_PASS", "KEY_PASSPHRASE"])
def test_a_short_name_for_a_password_is_one_too(tmp_path: Path, name: str) -> None:
    said = f"  erp: {{vars: {{code: '${{{name}}}'}}, url: 'https://erp.example.com'}}\n"
    assert loaded(tmp_path, said, **{name: "from-outside"}).mask.text("from-outside") == "***"
    said = f"  erp: {{vars: {{{name.lower()}: in-the-file}}, url: 'https://erp.example.com'}}\n"
    assert loaded(tmp_path, said).mask.text("in-the-file") == "***"


def test_a_company_or_an_address_among_the_vars_is_shown(tmp_path: Path) -> None:
    said = "  erp: {vars: {bypass: '${COMPASS}', base: '${ERP_URL}'}, url: 'https://erp.example.com'}\n"
    mask = loaded(tmp_path, said, COMPASS="north-east", ERP_URL="https://x.example.com").mask
    assert mask.text("north-east https://x.example.com") == "north-east https://x.example.com"


def test_the_name_of_a_field_that_carries_a_key_is_shown(tmp_path: Path) -> None:
    auth = "{type: sign, headers: {X-Sign: \"{{ 'a' | hmac(vars.app_key) }}\"}}"
    said = (
        f"  erp: {{vars: {{key_field: FBillNo, app_key: 4711-4711}}, auth: {auth}, url: 'https://erp.example.com'}}\n"
    )
    assert loaded(tmp_path, said).mask.text('{"FBillNo": "4711-4711"}') == '{"FBillNo": "***"}'


def test_what_a_preset_needs_is_asked_for_by_name_with_what_it_is() -> None:
    (fault,) = told("  erp: {vars: {base: 'https://erp.example.com'}}\n", NEEDY)
    assert "routes.yaml:4:9" in fault
    assert "the preset 'needy' needs vars.account: which set of books" in fault


def test_without_any_vars_each_that_is_needed_is_told_at_the_destination() -> None:
    first, second = told("  erp: {preset: needy}\n", NEEDY)
    assert "routes.yaml:4:3" in first
    assert "vars.base: its address" in first
    assert "vars.account" in second


def test_an_envelope_that_holds_nothing_is_refused(tmp_path: Path) -> None:
    said = "  erp: {url: 'https://erp.example.com', envelope: {headers: {X-A: b}}}\n"
    assert "an envelope holds something" in faults(tmp_path, said)


@pytest.mark.parametrize("content", ["body: {q: '{{ delivery.key }}'}", "form: {q: 1}", "template: '<q/>'"])
def test_a_lookup_may_hold_what_a_request_may(tmp_path: Path, content: str) -> None:
    asks = f"url: 'https://erp.example.com', method: POST, {content}, found: 'body.n > 0', missing: 'body.n == 0'"
    lookup = (
        loaded(tmp_path, f"  erp: {{url: 'https://erp.example.com', lookup: {{{asks}}}}}\n").destinations["erp"].lookup
    )
    assert lookup
    assert lookup.call.method == "POST"
    assert lookup.call.plan
    assert lookup.call.plan.has_content
