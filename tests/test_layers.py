"""The import directions: faces import the core and never the reverse; nothing heavy at import."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import coach

PACKAGE = Path(coach.__file__).parent

# From the ground up. A module may import from its own layer's name, and from layers before it.
LAYERS = (
    ("records", "errors"),
    ("models.__init__", "models.naming"),
    (
        "privacy",
        "model_settings",
        "settings",
        "weights",
        "prompts",
        "search_copy",
        "places",
        "embedding",
        "index.__init__",
    ),
    ("models",),
    ("consent",),
    ("readers", "reading", "metadata", "files", "passages", "originals", "lock", "due_dates"),
    ("practices.__init__", "practices.reading", "commitments"),
    ("sharing",),
    ("word_tables", "lexical", "spelling", "fusion"),
    ("stemming", "asking", "jargon", "basis", "cross_encoder", "directions", "unclear", "craft"),
    ("plain_words", "boundary_rules", "boundary_meaning", "boundaries"),
    ("roster", "records_of_people", "person_names", "masking"),
    ("mentions", "leaning", "openings", "listings", "matters", "antecedents", "conversation"),
    ("claim_numbers", "synonyms"),
    ("claim_facts",),
    ("entailment",),
    ("twins",),
    ("evaluation.__init__", "evaluation.records", "evaluation.values", "evaluation.review"),
    ("plans.__init__", "plans.records", "plans.timing", "plans.protocols", "plans.wording", "plans.fitting"),
    ("plans.agenda", "plans.topics", "plans.values", "plans.requests"),
    ("plans.checking", "plans.editing"),
    ("store",),
    ("index",),
    ("library",),
    ("shortening", "verification"),
    ("practices.checking", "practices.embedding", "practices.loading"),
    ("making", "added", "admission", "incoming"),
    ("retrieval", "ingest", "page_pictures"),
    ("accession", "uploads"),
    ("premises", "attribution", "reading_list", "background", "sentence_vectors", "close_reading"),
    ("selection", "answerability"),
    ("support",),
    ("practices.embedding", "practices.finding"),
    ("authorship",),
    ("drafting", "rendering"),
    ("prompting", "written", "disclosure", "forms"),
    ("substituting", "claims"),
    ("proofreading", "rewriting"),
    ("writing",),
    ("framing", "conversing"),
    ("plans.material", "plans.finding"),
    ("plans.composing",),
    ("plans.document_wording", "plans.blocks"),
    ("plans.phrases", "plans.room"),
    ("plans.one_page",),
    ("plans.documents",),
    ("plans.docx_base",),
    ("plans.docx_writing",),
    ("plans.docx", "plans.markdown", "plans.calendar"),
    ("stopwatch", "grounding", "coaching", "suggesting", "introduction"),
    ("settling",),
    ("talk",),
    ("discretion",),
    ("intake", "guiding"),
    ("assistant",),
    ("planner", "visits"),
    ("coverage", "coverage_groups", "coverage_wording"),
    ("coverage_report",),
    ("evaluation",),
    ("coverage_writing",),
    ("assembly", "batch", "langchain_retriever", "trial"),
    ("diagnosis",),
    ("web",),
    ("cli",),
    ("__main__", "__init__"),
)
# Where the foreign library may be named, at the top or inside a function.
SEAMS = {
    "chromadb": {"index/chroma.py"},
    "sentence_transformers": {"embedding/export.py", "embedding/sentence_transformer.py", "entailment.py"},
    "torch": {"embedding/export.py", "embedding/sentence_transformer.py", "entailment.py"},
    "onnxruntime": {"cross_encoder.py", "embedding/onnx.py"},
    "gradio": {
        "web/ask_page.py",
        "web/evaluate_page.py",
        "web/header.py",
        "web/library_page.py",
        "web/parts.py",
        "web/plan_page.py",
        "web/rate_page.py",
        "web/server.py",
    },
    "jinja2": {"evaluation/reports/report.py", "web/templates.py"},
    "markupsafe": {"evaluation/reports/report.py", "web/templates.py"},
    "matplotlib": {"evaluation/reports/charts.py"},
    "openpyxl": {
        "evaluation/rating/rating_workbook.py",
        "evaluation/reports/report_sheet.py",
        "evaluation/sheets/exporting.py",
        "evaluation/sheets/sheet_xlsx.py",
    },
    "pypdf": {"readers/pdf.py"},
    "pypdfium2": {"readers/pdf.py", "readers/pdf_hidden.py", "readers/pdf_text.py"},
    "krippendorff": {"evaluation/rating/agreement.py"},
    "sklearn": {"coverage_groups.py", "evaluation/rating/agreement.py"},
    "docx": {"plans/docx_base.py", "plans/docx_writing.py", "readers/docx.py", "readers/docx_look.py"},
    "yaml": {"craft.py", "practices/reading.py"},
    "pydantic": {"evaluation/values.py", "langchain_retriever.py", "plans/values.py"},
    "icalendar": {"commitments.py", "plans/calendar.py"},
    "clevercsv": {"evaluation/sheets/sheet_csv.py"},
    "prompt_toolkit": {"cli/chat.py"},
    "rapidfuzz": {"evaluation/sheets/headers.py", "plain_words.py", "spelling.py"},
    "simplemma": {"evaluation/scores/lemmas.py"},
    "langchain": {"models/chat.py"},
    "langchain_core": {"langchain_retriever.py"},
    "langsmith": {"models/chat.py"},
    "anthropic": {"models/chat.py"},
    "tenacity": {"models/chat.py"},
    **{library: {"models/wire.py"} for library in ("httpx", "httpx2", "httpcore", "httpcore2")},
    "sqlite3": {"diagnosis.py", "store/database.py"},
    "scipy": {"evaluation/comparison/intervals.py"},
    "alembic": {
        "store/migrate.py",
        "store/migrations/env.py",
        "store/migrations/versions/0001_library.py",
        "store/migrations/versions/0002_spellings.py",
        "store/migrations/versions/0003_conversations.py",
        "store/migrations/versions/0004_page.py",
        "store/migrations/versions/0005_plans.py",
        "store/migrations/versions/0006_evaluation.py",
        "store/migrations/versions/0007_gates_and_looks.py",
    },
}


def _modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


@cache
def _imports(path: Path) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" if node.module == "coach" else node.module for alias in node.names}
    return frozenset(found)


def _layer(name: str) -> int:
    for index, layer in enumerate(LAYERS):
        if any(name == entry or name.split(".")[0] == entry for entry in layer):
            return index
    raise AssertionError(f"{name} has no layer: give it one in LAYERS")


def _name(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


@pytest.mark.parametrize("path", _modules(), ids=_name)
def test_imports_point_down(path: Path) -> None:
    here = _layer(_name(path))
    for imported in _imports(path):
        if imported.startswith("coach."):
            target = imported.removeprefix("coach.")
            package = PACKAGE / Path(*target.split("."))
            wanted = f"{target}.__init__" if package.is_dir() and target in ("index", "models", "plans") else target
            assert _layer(wanted) <= here, f"{_name(path)} imports {imported}, which stands above it"


@pytest.mark.parametrize("library", sorted(SEAMS))
def test_foreign_libraries_stay_behind_their_seam(library: str) -> None:
    users = {
        path.relative_to(PACKAGE).as_posix()
        for path in _modules()
        if any(name == library or name.startswith(f"{library}.") for name in _imports(path))
    }
    assert users == SEAMS[library]


def test_no_cycles_between_modules() -> None:
    graph = {
        _name(path): {
            name.removeprefix("coach.") for name in _imports(path) if name.startswith("coach.") and name != "coach"
        }
        for path in _modules()
        if path.name != "__init__.py"
    }
    visiting: list[str] = []
    done: set[str] = set()

    def visit(module: str) -> None:
        assert module not in visiting, f"cycle: {' -> '.join([*visiting, module])}"
        if module in done or module not in graph:
            return
        visiting.append(module)
        for target in sorted(graph[module]):
            visit(target)
        visiting.pop()
        done.add(module)

    for module in sorted(graph):
        visit(module)


def test_the_command_line_imports_nothing_heavy() -> None:
    heavy = [
        "torch",
        "chromadb",
        "gradio",
        "sqlalchemy",
        "numpy",
        "onnxruntime",
        "pypdf",
        "langchain_core",
        "rich",
        "icalendar",
        "docx",
        "prompt_toolkit",
        "alembic",
    ]
    program = f"import sys, coach.cli; print([name for name in {heavy!r} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_the_reader_process_imports_no_face_and_no_store() -> None:
    barred = ["torch", "chromadb", "gradio", "sqlalchemy", "numpy", "onnxruntime", "coach.store", "coach.library"]
    program = f"import sys, coach.readers.worker; print([name for name in {barred!r} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
