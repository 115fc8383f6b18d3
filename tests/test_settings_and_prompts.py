"""Settings from the environment, and wording from files."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from coach.errors import PromptFault, UsageError
from coach.privacy import silence_libraries
from coach.prompts import PLACEHOLDERS, find_prompts, load_wording
from coach.records import ROLES
from coach.settings import read_settings
from coach.web.wording import load_page_wording
from tests.conftest import ROOT


def test_home_option_wins_over_the_variable(tmp_path: Path) -> None:
    settings = read_settings({"COACH_HOME": str(tmp_path / "a")}, tmp_path / "b")
    assert settings.home == tmp_path / "b"
    assert read_settings({"COACH_HOME": str(tmp_path / "a")}).home == tmp_path / "a"


@pytest.mark.parametrize("value", ["many", "-1", "0", "1.5"])
def test_a_number_that_is_none_is_named(value: str) -> None:
    with pytest.raises(UsageError, match="COACH_READERS"):
        read_settings({"COACH_READERS": value})


def test_folders_do_not_change_the_digest_and_the_model_does(tmp_path: Path) -> None:
    here, there = read_settings({"COACH_HOME": "a"}), read_settings({"COACH_HOME": "b"})
    assert here.digest() == there.digest()
    assert read_settings({"COACH_EMBEDDING": "other"}).digest() != here.digest()


def test_every_telemetry_switch_is_set_and_inherited_keys_are_removed() -> None:
    environment = {"LANGSMITH_API_KEY": "k", "LANGSMITH_TRACING": "true", "GRADIO_SHARE": "True", "PATH": "p"}
    silence_libraries(environment)
    assert environment["LANGSMITH_TRACING"] == "false"
    assert environment["GRADIO_ANALYTICS_ENABLED"] == "False"
    assert environment["HF_HUB_OFFLINE"] == "1"
    assert "LANGSMITH_API_KEY" not in environment and "GRADIO_SHARE" not in environment
    assert environment["PATH"] == "p"


def test_a_download_happens_only_where_it_was_allowed() -> None:
    environment = {"COACH_ALLOW_DOWNLOAD": "1"}
    silence_libraries(environment)
    assert environment["HF_HUB_OFFLINE"] == "0" and environment["HF_HUB_DISABLE_TELEMETRY"] == "1"


def test_the_wording_loads_and_fills() -> None:
    wording = load_wording()
    assert "3 quotation" in wording.say("answer.rejected", count=3)
    assert len(wording.digest) == 12 and set(load_page_wording().examples) == set(ROLES)


def test_every_wording_is_used() -> None:
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "coach").rglob("*.py") if path.name != "prompts.py")
    families = tuple(re.findall(r'f["\']([a-z_]+\.[a-z_]*)\{', sources))
    assert len(families) > 3
    unused = [name for name in PLACEHOLDERS if name not in sources and not name.startswith(families)]
    assert unused == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text.replace("$title", "there"), "answer."),
        (lambda text: text.replace("I found nothing", "I found $odd nothing"), "answer.not_in_sources"),
        (lambda text: text.replace("sources = ", "sauces = "), "answer.s"),
        (lambda text: text.replace("[answer]", "[answer"), "cannot be read"),
    ],
)
def test_a_wording_that_drifted_is_named(tmp_path: Path, change: object, told: str) -> None:
    text = (find_prompts() / "wording.toml").read_text("utf-8")
    (tmp_path / "wording.toml").write_text(change(text), "utf-8")  # type: ignore[operator]
    with pytest.raises(PromptFault, match=told):
        load_wording(tmp_path)


def test_a_missing_wording_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PromptFault, match="cannot be read"):
        load_wording(tmp_path)


@pytest.mark.slow
def test_the_switches_are_set_before_any_library_is_imported() -> None:
    program = (
        "import os, coach.cli\nfrom coach.privacy import silence_libraries\nsilence_libraries()\n"
        "import gradio, chromadb.config\nfrom gradio import analytics\n"
        "print(analytics.analytics_enabled(), os.environ['HF_HUB_OFFLINE'])"
    )
    result = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False 1"
