"""What stands beside a source's `verify`: its own word beats its scheme's, and what isn't used costs nothing."""

from pathlib import Path

import msgspec
import pytest

from relay.config import Config, load
from relay.contents import AS_IT_CAME
from relay.reply import Reply
from relay.signatures.record import Record

SPELLED = "verify: {algorithm: hmac-sha256, header: X-Sign}, secret: one"
AES_KEY = "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt"


def loaded(folder: Path, source: str) -> Config:
    (folder / "routes.yaml").write_text(f"version: 1\nsources:\n  s: {{{source}}}\n")
    return load(folder / "routes.yaml", {"KEY": AES_KEY})


def test_a_source_that_says_nothing_has_nothing_to_do(tmp_path: Path) -> None:
    source = loaded(tmp_path, SPELLED).sources["s"]
    assert source.opening is AS_IT_CAME
    assert (source.handshakes, source.ack, source.refused, source.split) == ((), None, None, None)
    assert not any((source.signs_url, source.greets_by_get, source.scheme.reads_body))


def test_an_answer_that_never_changes_is_made_when_the_file_is_loaded(tmp_path: Path) -> None:
    source = loaded(tmp_path, f"{SPELLED}, vars: {{word: success}}, ack: {{text: '{{{{ vars.word }}}}'}}").sources["s"]
    assert source.ack
    assert source.ack.fixed == Reply(200, "text/plain; charset=utf-8", b"success")


@pytest.mark.parametrize("given", ["${KEY}", AES_KEY])
def test_a_key_among_the_vars_is_masked_wherever_it_came_from(tmp_path: Path, given: str) -> None:
    sealed = "decrypt: {kind: wecom, field: encrypt, key: '{{ vars.aes_key }}', owner: '{{ vars.owner }}'}"
    config = loaded(tmp_path, f"{SPELLED}, vars: {{aes_key: '{given}', owner: ww14}}, {sealed}")
    assert config.mask.text(f"{AES_KEY} of ww14") == "*** of ww14"


def test_an_open_var_of_a_scheme_is_the_empty_text_and_its_key_opens_nothing(tmp_path: Path) -> None:
    source = loaded(
        tmp_path, f"{SPELLED}, vars: {{k: ''}}, decrypt: {{kind: feishu, field: e, key: '{{{{ vars.k }}}}'}}"
    )
    assert source.sources["s"].opening is AS_IT_CAME


@pytest.mark.parametrize(
    ("source", "remembered_s"),
    [
        (SPELLED, 30 * 86_400),
        ("verify: freshbooks, secret: one", 60),
        ("verify: freshbooks, secret: one, dedupe: 1h", 3_600),
    ],
)
def test_an_id_is_remembered_as_the_source_says_else_as_its_scheme_does(
    tmp_path: Path, source: str, remembered_s: int
) -> None:
    assert loaded(tmp_path, source).sources["s"].dedupe_ms == remembered_s * 1_000


def test_a_record_takes_all_words_that_a_source_takes() -> None:
    record = msgspec.convert(
        {
            "verify": {"algorithm": "hmac-sha256", "header": "X-Sign"},
            "needs": {"owner": "the id of the company"},
            "optional": {"aes_key": "where bodies are sealed"},
            "evidence": "documented",
            "checked": "its page",
            "shape": ["json", "xml"],
            "handshake": [{"method": "GET", "when": "true", "answer": {"text": "{{ event.query.echo }}"}}],
            "decrypt": {"kind": "feishu", "field": ["encrypt", "xml.Encrypt"], "key": ["{{ vars.aes_key }}"]},
            "split": "{{ body.events }}",
            "ack": {"body": {"code": "0"}, "encrypted": {"encrypt": "{{ encrypt }}"}},
            "refused": {"status": 498},
            "setup": ["Enter the address."],
        },
        Record,
    )
    assert record.handshake
    assert record.handshake[0].method == "GET"
