"""What the project promises of itself: light start, honest docs, no machine's traces."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import comity
from comity.brief.render import contract
from comity.catalogue import page as catalogue_page
from comity.cli import page as cli_page

REPOSITORY = Path(__file__).resolve().parents[1]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, timeout=600
    )


def test_help_imports_neither_tables_nor_kernels():
    heavy = ["pandas", "numpy", "ibis", "duckdb", "numba", "scipy", "sqlalchemy", "pyarrow"]
    code = (
        "import sys; sys.argv = ['comity', '--help']\n"
        "from comity.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = run("-c", code)
    assert done.stdout.strip().endswith("[]"), done.stdout + done.stderr


def test_every_public_name_exists():
    for name in comity.__all__:
        assert getattr(comity, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = comity.nothing


@pytest.mark.parametrize(
    ("path", "made", "command"),
    [
        ("docs/cli.md", cli_page.document, "python -m comity.cli.page"),
        (
            "docs/json.md",
            contract.document,
            "python -m comity.brief.render.contract",
        ),
        ("docs/catalogue.md", catalogue_page.render, "python -m comity.catalogue.page"),
    ],
)
def test_pages_made_from_code_are_fresh(path, made, command):
    assert (REPOSITORY / path).read_text(encoding="utf-8").strip() == made().strip(), command


def test_links_in_the_docs_lead_somewhere():
    for page in [REPOSITORY / "README.md", *(REPOSITORY / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_commands_of_the_readme_exist():
    makefile = (REPOSITORY / "Makefile").read_text("utf-8")
    readme = (REPOSITORY / "README.md").read_text("utf-8")
    for target in re.findall(r"^make (\w+)", readme, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    commands = (REPOSITORY / "docs" / "cli.md").read_text("utf-8")
    for verb in re.findall(r"`comity (\w+)", readme):
        assert f"## `comity {verb}" in commands, verb


def test_the_lock_has_hashes_and_no_address():
    for path in (REPOSITORY / "requirements").glob("*.txt"):
        text = path.read_text("utf-8")
        assert "://" not in text
        assert text.count("--hash=sha256:") > text.count("==")


def test_no_trace_of_a_machine():
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=False
    )
    if tracked.returncode:
        pytest.skip("not a checkout")
    for name in tracked.stdout.decode().split("\0"):
        path = REPOSITORY / name
        if path.suffix in {".py", ".md", ".toml", ".csv", ".yaml", ".json", ".html", ".css"}:
            text = path.read_text("utf-8")
            assert "/work/" + "main" not in text, name
            assert "/root" + "/" not in text, name


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["brief", "IND", "Rusia"], 2, "Russia"),
        (["brief", "IND", "Korea"], 2, "could be more than one country"),
        (["brief", "IND", "IND"], 2, "two countries"),
        (["brief", "IND", "RUS", "--year", "1850"], 1, "no trade between India and Russia in 1850"),
        (["brief", "IND", "RUS", "--out", "/no/such/folder/x.json"], 1, "could not be written"),
        (["brief", "IND", "RUS", "--out", "brief.doc"], 2, "in which format"),
        (["brief", "IND", "RUS", "--lake", "/no/such/lake"], 1, "is not a lake"),
    ],
)
def test_bad_input_is_a_sentence_and_a_code(arguments, code, words):
    done = run("-m", "comity", *arguments)
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
