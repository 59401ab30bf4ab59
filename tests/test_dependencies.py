"""What comity is built on: locked by hash, consistent, and under licences that go with its own.

Known weaknesses are in a database that a build without network cannot ask: docs/deploy.md says how.
"""

from __future__ import annotations

import importlib.metadata as installed
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.markers import Marker

LOCKS = ("run", "dev")
ROOT = Path(__file__).parents[1]
_LINE = re.compile(
    r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)(?:\s*;\s*([^\\\n]+))?", re.MULTILINE
)
# Licences under which a part may be used within a work under Apache-2.0, and sold or given away
# with it: permissive ones, and those whose terms end at the file (MPL) or the library itself.
ALLOWED = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause",
    "CC0-1.0", "CNRI-Python", "ISC", "LGPL-2.1-or-later", "LGPL-3.0-only", "MIT", "MIT-0",
    "MPL-1.1", "MPL-2.0", "PSF-2.0", "Unlicense", "Zlib",
}  # fmt: skip
# Older metadata say it in words.
WORDS = {
    "apache": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "isc": "ISC",
    "mit": "MIT",
    "mozilla public license 2.0": "MPL-2.0",
    "mpl-2.0": "MPL-2.0",
    "python software foundation": "PSF-2.0",
}


def _locked(name: str) -> dict[str, str]:
    """Return the versions of a lock by distribution, those for this Python and system."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    return {
        re.sub(r"[-_.]+", "-", n).lower(): version
        for n, version, marker in _LINE.findall(text)
        if not marker or Marker(marker.strip()).evaluate()
    }


def _licence(about: installed.PackageMetadata) -> str:
    """Return a distribution's licence as an expression of SPDX, or what it says itself."""
    if expression := about.get("License-Expression"):
        return str(expression)
    said = [c.rsplit("::", 1)[-1].strip() for c in about.get_all("Classifier") or ()
            if c.startswith("License ::")]  # fmt: skip
    said = [words for words in (*said, about.get("License") or "") if words]
    for words in said:
        for start, spdx in WORDS.items():
            if words.lower().startswith((start, f"the {start}")):
                return spdx
    return "; ".join(said) or "none"


def _may_be_used(expression: str) -> bool:
    """Say whether one of the alternatives of an expression is allowed in all its parts."""
    plain = expression.replace("(", "").replace(")", "")
    return any(
        all(part.strip() in ALLOWED for part in alternative.split(" AND "))
        for alternative in plain.split(" OR ")
    )


@pytest.mark.parametrize("lock", LOCKS)
def test_everything_is_locked_by_version_and_hash(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text("utf-8")
    entries = re.split(r"(?m)^(?=[A-Za-z0-9])", text)
    listed = [entry for entry in entries if re.match(r"[A-Za-z0-9]", entry)]
    assert len(listed) > 50
    for entry in listed:
        assert _LINE.match(entry), entry.split("\n")[0]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry), entry.split("\n")[0]


def test_what_runs_is_what_was_tested() -> None:
    run, dev = _locked("run"), _locked("dev")
    other = {name: (version, dev.get(name)) for name, version in run.items()
             if dev.get(name) != version}  # fmt: skip
    assert other == {}


def test_what_is_installed_is_what_is_locked() -> None:
    dev = _locked("dev")
    here = {re.sub(r"[-_.]+", "-", d.metadata["Name"]).lower(): d.version
            for d in installed.distributions()}  # fmt: skip
    both = dev.keys() & here.keys()
    assert len(both) > 50
    assert {n: (here[n], dev[n]) for n in both if here[n] != dev[n]} == {}


def test_licences_go_with_comitys_own() -> None:
    refused = {}
    for name in _locked("run"):
        try:
            about = installed.metadata(name)
        except installed.PackageNotFoundError:  # for another system
            continue
        if not _may_be_used(licence := _licence(about)):
            refused[name] = licence
    assert refused == {}


@pytest.mark.parametrize(
    ("expression", "fits"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("MPL-1.1 OR GPL-2.0-only", True),
        ("MIT AND AGPL-3.0-only", False),
        ("(BSD-2-Clause AND Apache-2.0 WITH LLVM-exception)", True),
        ("none", False),
    ],
)
def test_an_expression_is_read_as_it_is_meant(expression: str, fits: bool) -> None:
    assert _may_be_used(expression) is fits


def test_distributions_agree_with_each_other() -> None:
    if find_spec("pip") is None:
        pytest.skip("pip is not installed here")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
