"""Which model writes, who may know its key, and who agreed that text may go to it."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from coach.assembly import build_language_model
from coach.cli import app
from coach.consent import Agreement, agree, describe_model, may_be_sent, read_consent, withdraw
from coach.diagnosis import examine
from coach.errors import CoachError, UsageError
from coach.model_settings import ModelSettings, read_model_settings
from coach.models import ModelFault
from coach.models.naming import PROVIDERS, is_loopback, name_host, read_address, read_name
from coach.prompts import load_consent_wording
from coach.records import Message
from coach.settings import Settings, read_settings
from evals.scripted import faults
from evals.scripted.server import serve_script

KEY = "sk-seeded-secret-key"
REMOTE = "https://models.example.org/v1"


def write_file(home: Path, text: str, mode: int = 0o600) -> Path:
    home.mkdir(parents=True, exist_ok=True)
    path = home / "model.toml"
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return path


def read(home: Path, **environment: str) -> ModelSettings:
    settings = read_model_settings(environment, home)
    assert settings is not None
    return settings


def test_without_a_setting_there_is_no_model(tmp_path: Path) -> None:
    assert read_model_settings({"OPENAI_API_KEY": KEY}, tmp_path) is None
    assert read_settings({}, tmp_path).model is None
    write_file(tmp_path, 'model = "ollama:a"')
    assert read_model_settings({"COACH_MODEL": "none"}, tmp_path) is None


def test_one_setting_is_enough_for_a_model_on_this_machine(tmp_path: Path) -> None:
    settings = read(tmp_path, COACH_MODEL="ollama:llama3.1:8b")
    assert settings == ModelSettings("ollama:llama3.1:8b", "http://127.0.0.1:11434")
    assert read_name(settings.name).model == "llama3.1:8b"


@pytest.mark.parametrize(
    ("environment", "address", "key"),
    [
        ({"COACH_MODEL": "ollama:a", "OLLAMA_HOST": "0.0.0.0"}, "http://127.0.0.1:11434", None),
        ({"COACH_MODEL": "ollama:a", "OLLAMA_HOST": "box:80/"}, "http://box:80", None),
        ({"COACH_MODEL": "ollama:a", "OLLAMA_HOST": "[::1]"}, "http://[::1]:11434", None),
        ({"COACH_MODEL": "openai:a", "OPENAI_API_KEY": KEY}, "https://api.openai.com/v1", KEY),
        ({"COACH_MODEL": "openai:a", "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": REMOTE}, REMOTE, KEY),
        ({"COACH_MODEL": "openai-compatible:a", "COACH_MODEL_ADDRESS": "127.0.0.1:8080/v1"}, "http://127.0.0.1:8080/v1", None),
        ({"COACH_MODEL": "anthropic:a", "ANTHROPIC_API_KEY": KEY}, "https://api.anthropic.com", KEY),
        ({"COACH_MODEL": "azure:a", "AZURE_OPENAI_ENDPOINT": "https://x.openai.azure.com/", "AZURE_OPENAI_API_KEY": KEY},
         "https://x.openai.azure.com", KEY),
        ({"COACH_MODEL": "azure_openai:a", "COACH_MODEL_ADDRESS": REMOTE, "COACH_MODEL_KEY": KEY}, REMOTE, KEY),
    ],
)  # fmt: skip
def test_where_it_is_asked(tmp_path: Path, environment: dict[str, str], address: str, key: str | None) -> None:
    settings = read(tmp_path, **environment)
    assert (settings.address, settings.key) == (address, key)


def test_a_key_of_a_provider_goes_to_no_other_address(tmp_path: Path) -> None:
    environment = {"COACH_MODEL": "openai:a", "OPENAI_API_KEY": KEY, "COACH_MODEL_ADDRESS": REMOTE}
    with pytest.raises(UsageError, match="needs a key") as caught:
        read_model_settings(environment, tmp_path)
    assert KEY not in str(caught.value)
    assert read(tmp_path, **{**environment, "COACH_MODEL": "openai-compatible:a"}).key is None


def test_a_key_of_the_file_goes_to_no_address_of_the_environment(tmp_path: Path) -> None:
    write_file(tmp_path, f'model = "openai:a"\naddress = "{REMOTE}"\nkey = "{KEY}"\n')
    assert read(tmp_path).key == KEY
    assert read(tmp_path, COACH_MODEL="openai-compatible:a", COACH_MODEL_ADDRESS="http://other/v1").key is None
    with pytest.raises(UsageError, match="needs a key"):
        read(tmp_path, COACH_MODEL_ADDRESS="http://other/v1")
    assert read(tmp_path, COACH_MODEL_KEY="new").key == "new"
    assert read(tmp_path, COACH_MODEL_KEY="new").address == REMOTE


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    write_file(tmp_path, 'model = "ollama:a"\nseconds = 60\nfirst_seconds = 3.5\ncharacters = 4000\n')
    settings = read(tmp_path, COACH_MODEL_SECONDS="30", COACH_MODEL_CONTEXT_CHARACTERS="9000")
    assert (settings.total, settings.first_token, settings.silence) == (30, 3.5, 15)
    assert (settings.most_characters, settings.context_characters) == (4000, 9000)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o620, 0o604])
def test_a_file_that_others_may_read_is_refused_and_mended(tmp_path: Path, mode: int) -> None:
    path = write_file(tmp_path, 'model = "ollama:a"\n', mode)
    with pytest.raises(UsageError, match="chmod 600") as caught:
        read_settings({}, tmp_path)
    command = str(caught.value).split("Run: ")[1]
    subprocess.run(command.split(), check=True)
    assert read_settings({}, tmp_path).model is not None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_file_must_be_private_too(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(f"{KEY}\n", "utf-8")
    path.chmod(0o644)
    environment = {"COACH_MODEL": "openai:a", "COACH_MODEL_KEY_FILE": str(path)}
    with pytest.raises(UsageError, match="chmod 600"):
        read(tmp_path, **environment)
    path.chmod(0o600)
    assert read(tmp_path, **environment).key == KEY
    path.unlink()
    with pytest.raises(UsageError, match="cannot be read"):
        read(tmp_path, **environment)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f'model = "openai:a"\nkey = {KEY}', "no TOML"),
        ('modell = "ollama:a"', "modell"),
        ("model = 3", "quotation marks"),
        ('model = "ollama:a"\nseconds = "soon"', "seconds"),
        ('model = "ollama:a"\nseconds = true', "seconds"),
        ('model = "ollama:a"\ncharacters = 3.5', "characters"),
        ('model = "llama"', "provider:model"),
    ],
)
def test_a_file_with_a_fault_is_named_without_its_key(tmp_path: Path, text: str, told: str) -> None:
    write_file(tmp_path, text)
    with pytest.raises(UsageError, match=told) as caught:
        read_model_settings({}, tmp_path)
    assert KEY not in str(caught.value) and caught.value.__suppress_context__ == (told == "no TOML")


@pytest.mark.parametrize(
    "environment",
    [
        {"COACH_MODEL": "llama3.1"},
        {"COACH_MODEL": "ollama:"},
        {"COACH_MODEL": "bedrock:a"},
        {"COACH_MODEL": "openai-compatible:a"},
        {"COACH_MODEL": "azure:a", "COACH_MODEL_KEY": KEY},
        {"COACH_MODEL": "openai:a"},
        {"COACH_MODEL": "ollama:a", "COACH_MODEL_ADDRESS": f"http://me:{KEY}@box:1"},
        {"COACH_MODEL": "ollama:a", "COACH_MODEL_ADDRESS": f"http://box:1/v1?key={KEY}"},
        {"COACH_MODEL": "ollama:a", "COACH_MODEL_ADDRESS": "ftp://box"},
        {"COACH_MODEL": "ollama:a", "COACH_MODEL_ADDRESS": "http://box:99999"},
        {"COACH_MODEL": "ollama:a", "COACH_MODEL_ADDRESS": "http://"},
        {"COACH_MODEL": "ollama:a", "COACH_MODEL_KEY": f"{KEY}\nmore"},
        {"COACH_MODEL": "ollama:a", "COACH_MODEL_KEY": f"{KEY}ä"},
        {"COACH_MODEL": "ollama:a", "COACH_MODEL_SECONDS": "0"},
        {"COACH_MODEL": "ollama:a", "COACH_MODEL_SILENCE_SECONDS": "nan"},
        {"COACH_MODEL": "ollama:a", "COACH_MODEL_CHARACTERS": "1e9"},
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_and_shows_no_key(tmp_path: Path, environment: dict[str, str]) -> None:
    with pytest.raises(UsageError) as caught:
        read_model_settings(environment, tmp_path)
    assert KEY not in str(caught.value)


def test_the_key_is_in_no_representation(tmp_path: Path) -> None:
    settings = read_settings({"COACH_MODEL": "openai:a", "COACH_MODEL_KEY": KEY}, tmp_path)
    assert settings.model is not None and settings.model.key == KEY
    assert KEY not in repr(settings) + str(settings.model)


def test_the_digest_changes_with_what_can_change_an_answer(tmp_path: Path) -> None:
    plain = read_settings({}, tmp_path).digest()
    assert plain == read_settings({"COACH_MODEL": "none"}, tmp_path).digest()
    one = read_settings({"COACH_MODEL": "openai:a", "COACH_MODEL_KEY": KEY}, tmp_path).digest()
    same = {"COACH_MODEL": "openai:a", "COACH_MODEL_KEY": "other", "COACH_MODEL_ADDRESS": REMOTE}
    assert one != plain and read_settings(same, tmp_path).digest() == one
    assert read_settings({"COACH_MODEL": "ollama:b"}, tmp_path).digest() not in (one, plain)
    assert read_settings({"COACH_ENTAILMENT": "folder"}, tmp_path).digest() != plain


def test_the_digest_changes_with_fitted_parameters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = read_settings({}, tmp_path).digest()
    changed = tmp_path / "answerability.json"
    changed.write_text("{}", "utf-8")
    monkeypatch.setattr("coach.settings._list_parameters", lambda: [changed])
    assert read_settings({}, tmp_path).digest() != plain


def test_every_provider_has_an_extra() -> None:
    import tomllib

    from tests.conftest import ROOT

    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert {provider.extra for provider in PROVIDERS.values()} <= extras.keys()


@given(st.text(max_size=60))
def test_an_address_is_refused_or_can_be_used(text: str) -> None:
    try:
        address = read_address(text)
    except UsageError:
        return
    assert address.startswith(("http://", "https://")) and not address.endswith("/")
    assert read_address(address) == address and name_host(address).rpartition(":")[2].isdigit()
    assert is_loopback(address) in (True, False)


def remote(name: str = "openai:a") -> ModelSettings:
    return ModelSettings(name, REMOTE, KEY)


AGREEMENT = Agreement(REMOTE, "openai:a", "2026-11-22T10:00:00+00:00", 'An "administrator"\\')


def test_agreement_is_to_one_model_at_one_address(tmp_path: Path) -> None:
    assert not may_be_sent(tmp_path, remote())
    agree(tmp_path / "home", AGREEMENT)
    assert read_consent(tmp_path / "home") == AGREEMENT
    assert may_be_sent(tmp_path / "home", remote())
    assert not may_be_sent(tmp_path / "home", remote("openai:b"))
    assert not may_be_sent(tmp_path / "home", ModelSettings("openai:a", "https://models.example.org/v2"))
    assert not may_be_sent(tmp_path / "home", ModelSettings("openai:a", "http://models.example.org/v1"))
    assert withdraw(tmp_path / "home") and not withdraw(tmp_path / "home")
    assert not may_be_sent(tmp_path / "home", remote())


def test_this_machine_needs_none(tmp_path: Path) -> None:
    assert may_be_sent(tmp_path, ModelSettings("ollama:a", "http://127.0.0.1:11434"))


def test_the_agreement_is_private_and_one_that_is_not_does_not_count(tmp_path: Path) -> None:
    agree(tmp_path, AGREEMENT)
    path = tmp_path / "agreed.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and [one.name for one in tmp_path.iterdir()] == ["agreed.toml"]
    path.chmod(0o666)
    with pytest.raises(UsageError, match="chmod 600"):
        may_be_sent(tmp_path, remote())
    path.chmod(0o600)
    path.write_text("address = 3", "utf-8")
    with pytest.raises(UsageError, match="coach model agree"):
        may_be_sent(tmp_path, remote())


def settings_of(home: Path, model: ModelSettings | None) -> Settings:
    return Settings(home=home, cache=home / "cache", model=model)


@pytest.mark.slow
def test_a_model_that_is_set_is_used_or_the_reason_is_said(tmp_path: Path) -> None:
    assert build_language_model(settings_of(tmp_path, None)) == (None, None)
    model, why_not = build_language_model(settings_of(tmp_path, remote()))
    assert model is None and why_not is not None and "models.example.org:443" in why_not and "agreed" in why_not
    agree(tmp_path, AGREEMENT)
    model, why_not = build_language_model(settings_of(tmp_path, remote()))
    assert model is not None and why_not is None and not model.is_local


def test_what_was_withdrawn_holds_at_once(tmp_path: Path) -> None:
    agree(tmp_path, AGREEMENT)
    model, _ = build_language_model(settings_of(tmp_path, remote()))
    assert model is not None
    withdraw(tmp_path)
    with pytest.raises(ModelFault, match="agreed"):  # and no name is looked up, which would fail this test
        next(model.stream([Message("user", "hello")]))


def test_a_missing_package_is_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain_ollama", None)
    _, why_not = build_language_model(settings_of(tmp_path, ModelSettings("ollama:a", "http://127.0.0.1:1")))
    assert why_not is not None and 'pip install "coach[ollama]"' in why_not


@pytest.mark.slow
def test_the_doctor_asks_the_model_for_a_word(tmp_path: Path) -> None:
    def writing(model: ModelSettings | None) -> tuple[bool, str]:
        finding = next(one for one in examine(settings_of(tmp_path, model)) if one.part == "writing")
        return finding.sound, finding.message

    sound, message = writing(None)
    assert sound and "No language model" in message
    with serve_script(faults.InTurn(faults.say("hello"), faults.refuse_key())) as server:
        chosen = ModelSettings("openai:a", server.address, KEY)
        assert writing(chosen) == (True, f"openai:a at {name_host(server.address)} answers.")
        sound, message = writing(chosen)
    assert not sound and "COACH_MODEL_KEY" in message and KEY not in message
    sound, message = writing(remote())
    assert not sound and "agreed" in message


def test_without_a_roster_it_is_said_that_names_are_missed(tmp_path: Path) -> None:
    wording, path = load_consent_wording(), tmp_path / "roster.csv"
    without = " ".join(describe_model(remote(), None, path, wording))
    assert "No roster" in without and "missed" in without and str(path) in without
    loaded = " ".join(describe_model(remote(), 12, path, wording))
    assert "12 people" in loaded and "missed" not in loaded
    assert len(describe_model(ModelSettings("ollama:a", "http://127.0.0.1:1"), None, path, wording)) == 1


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"COACH_HOME": str(tmp_path), "COACH_MODEL": "openai:a", "COACH_MODEL_ADDRESS": REMOTE, "COACH_MODEL_KEY": KEY,
            "COLUMNS": "200", "NO_COLOR": "1"}  # fmt: skip


def run(environment: dict[str, str], *arguments: str, answer: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["model", *arguments], input=answer, env=environment)
    assert KEY not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_an_administrator_reads_first_and_agrees_then(tmp_path: Path, environment: dict[str, str]) -> None:
    code, output = run(environment, "agree", answer="n\n")
    assert code == 1 and "another machine" in output and "No roster" in output and "Nothing was changed" in output
    assert read_consent(tmp_path) is None
    code, output = run(environment, "agree", answer="y\n")
    assert code == 0 and read_consent(tmp_path) is not None
    assert "Agreed by" in run(environment, "show")[1]
    other = {**environment, "COACH_MODEL": "openai:b"}
    assert "not what is set now" in run(other, "show")[1]
    assert "Withdrawn" in run(environment, "withdraw")[1] and "Nobody had agreed" in run(environment, "withdraw")[1]
    assert "Nobody has agreed" in run(environment, "show")[1]


def test_what_is_set_as_json(tmp_path: Path, environment: dict[str, str]) -> None:
    facts = json.loads(run(environment, "show", "--json")[1])
    assert facts["model"] == "openai:a" and facts["address"] == REMOTE
    assert (facts["local"], facts["key"], facts["agreed"], facts["agreement"]) == (False, True, False, None)
    assert run(environment, "agree", "--yes")[0] == 0
    facts = json.loads(run(environment, "show", "--json")[1])
    assert facts["agreed"] and facts["agreement"]["model"] == "openai:a" and facts["agreement"]["by"]


def test_nothing_is_kept_where_there_is_nothing_to_agree_to(tmp_path: Path, environment: dict[str, str]) -> None:
    local = {**environment, "COACH_MODEL": "ollama:a", "COACH_MODEL_ADDRESS": "", "COACH_MODEL_KEY": ""}
    assert "No agreement is needed" in run(local, "agree")[1]
    assert "No language model is set" in run({**local, "COACH_MODEL": "none"}, "agree")[1]
    assert read_consent(tmp_path) is None


@pytest.mark.skipif(os.geteuid() == 0, reason="an administrator of the machine may write anywhere")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(CoachError, match="cannot be written"):
        agree(tmp_path, AGREEMENT)
