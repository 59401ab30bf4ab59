"""Whatever happens while files are taken in, a lake is what it was, or what it was to become."""

from __future__ import annotations

import multiprocessing
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from comity.errors import InputFileError, OutputError
from comity.intake import add, look
from comity.lake import Store
from comity.lake import files as lake_files
from comity.sources import archive

from ..invented_baci import release, year_text

YEARS = (2020, 2021, 2022)
KILLS = 25


# Children of a server that has imported everything start in milliseconds.
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["comity.intake", "comity.lake.growth", "comity.sources.baci_csv"])


def take_in(path, folder):
    for _ in add(look(path), folder):
        pass


def start(path, folder):
    """Start an addition in a process of its own."""
    process = SERVER.Process(target=take_in, args=(path, folder))
    process.start()
    return process


def exit_code(process):
    process.join(120)
    return process.exitcode


def years_in(folder):
    """Return the years that a lake holds; every byte of it is as written, and every year whole."""
    store = Store(folder)
    store.verify()
    parts = {}
    for name in ("details", "flows"):
        for file in store.files.get(name, ()):
            if file.year is not None:
                parts.setdefault(file.year, set()).add(file.part)
    assert all(found == {"pairs", "totals", "chapters", "world"} for found in parts.values())
    [one] = store.manifest.get("additions", []) or [{"years": []}]
    assert sorted(parts) == one["years"]
    rows = store.table("details")
    counted = rows.group_by("year").agg(n=rows.count()).to_pyarrow().to_pylist()
    assert {row["year"]: row["n"] for row in counted} == dict.fromkeys(parts, 7)
    return set(parts)


def count_and_die(path, folder, moment, counted):
    """Take a file in, and die at the so-manieth time that a file of the lake is touched."""
    touching = ("open", "os.rename", "os.remove")
    one_by_one = threading.Lock()  # not the value's own, which would die with the process

    def touched(event, arguments):
        if event in touching and str(arguments[0]).startswith(str(folder)):
            with one_by_one:
                counted.value += 1
                if counted.value == moment:
                    os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(touched)
    take_in(path, folder)


def kill_at(moment, path, folder):
    """Return how the addition ended, and how often it touched a file of the lake."""
    counted = SERVER.RawValue("i", 0)
    process = SERVER.Process(target=count_and_die, args=(path, folder, moment, counted))
    process.start()
    return exit_code(process), counted.value


def test_kills_at_any_moment_leave_whole_years(tmp_path):
    path, folder = release(tmp_path / "a.zip", YEARS), tmp_path / "lake"
    code, whole = kill_at(0, path, folder)
    assert code == 0
    assert whole > 50
    chance = random.Random(11)
    killed = 0
    for number in range(KILLS):
        folder = tmp_path / f"lake-{number // 5}"  # five kills in a row on the same lake
        before = years_in(folder) if (folder / "manifest.json").exists() else set()
        killed += kill_at(chance.randint(1, whole), path, folder)[0] == -signal.SIGKILL
        if (folder / "manifest.json").exists():
            after = years_in(folder)
            assert before <= after
    assert killed >= KILLS // 5  # the first on each lake for certain
    for number in range(KILLS // 5):  # what was broken off goes on, and leaves nothing behind
        folder = tmp_path / f"lake-{number}"
        take_in(path, folder)
        assert years_in(folder) == set(YEARS)
        assert not list(folder.glob(".*.part"))


@pytest.mark.parametrize("moment", range(6))
def test_a_full_disk_leaves_the_lake_as_it_was(tmp_path, monkeypatch, moment):
    """Let the n-th file that is written find no room."""
    folder = tmp_path / "lake"
    take_in(release(tmp_path / "a.zip", (2020,)), folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    left = [moment]

    def flush(handle):
        if left[0] == 0:
            raise OSError(28, "No space left on device")
        left[0] -= 1

    monkeypatch.setattr(lake_files.os, "fsync", flush)
    more = look(release(tmp_path / "b.zip", (2021,), version="202601"))
    with pytest.raises(OutputError, match="No space left on device"):
        for _ in add(more, folder):
            pass
    monkeypatch.undo()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    for _ in add(more, folder):
        pass
    assert Store(folder).files["details"][-1].year == 2021


def test_a_limit_on_file_size_is_a_sentence_and_leaves_the_lake(tmp_path):
    """The same with the kernel's own refusal, in a process of its own."""
    folder = tmp_path / "lake"
    take_in(release(tmp_path / "a.zip", (2020,)), folder)
    before = Store(folder).id
    rows = tuple((4, 699, f"{10000 + k}", f"{k}.000", "NA") for k in range(1, 20_000))
    more = release(tmp_path / "b.zip", (2021,), rows)

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    done = subprocess.run(
        [sys.executable, "-m", "comity", "add", str(more), "--lake", str(folder)],
        preexec_fn=limit,
        capture_output=True,
        text=True,
        timeout=600,
        env=os.environ
        | {"NUMBA_CACHE_DIR": str(tmp_path / "numba"), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 1, done.stderr
    assert "could not be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert Store(folder).id == before
    Store(folder).verify()


def test_two_processes_that_add_at_once_both_get_in(tmp_path):
    folder = tmp_path / "lake"
    one = start(release(tmp_path / "a.zip", (2020, 2021)), folder)
    two = start(release(tmp_path / "b.zip", (2020, 2021), version="202601"), folder)
    assert (exit_code(one), exit_code(two)) == (0, 0)
    store = Store(folder)
    store.verify()
    assert {(f.source, f.year) for f in store.files["details"]} == {
        (f"cepii-baci-hs22-{version}", year)
        for version in ("202501", "202601")
        for year in (2020, 2021)
    }
    assert len(store.manifest["additions"]) == 2


def test_a_damaged_file_is_named(tmp_path):
    folder = tmp_path / "lake"
    take_in(release(tmp_path / "a.zip", (2020,)), folder)
    path = next(folder.glob("details-*"))
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 255
    path.write_bytes(bytes(content))
    assert list(Store(folder).find_damage()) == [path.name]


def pack(path: Path, name: str, content: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, content)
    return path


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "bomb.zip"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file,
        file.open("BACI_HS22_Y2022_V202501.csv", "w", force_zip64=True) as member,
    ):
        member.write(b"t,i,j,k,v,q\n")
        for _ in range(80):
            member.write(b"0" * 2**20)
    with pytest.raises(InputFileError, match="made to fill the disk"):
        look(path)


def test_a_gzip_bomb_is_refused(tmp_path):
    import gzip

    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb") as file:
        file.write(b"t,i,j,k,v,q\n")
        for _ in range(80):
            file.write(b"0" * 2**20)
    with pytest.raises(InputFileError, match="made to fill the disk"):
        look(path)


def test_members_that_overlap_are_refused(tmp_path):
    path = pack(tmp_path / "a.zip", "a.csv", b"x" * 1000)
    content = path.read_bytes()
    at = content.index(b"PK\x01\x02")
    entry = content[at : content.index(b"PK\x05\x06")]
    tail = bytearray(content[content.index(b"PK\x05\x06") :])
    copies = 50
    tail[8:12] = copies.to_bytes(2, "little") * 2
    tail[12:16] = (len(entry) * copies).to_bytes(4, "little")
    path.write_bytes(content[:at] + entry * copies + bytes(tail))
    with pytest.raises(InputFileError):
        archive.check_archive(path)


@pytest.mark.parametrize(
    "name", ["../outside.csv", "/etc/comity.csv", "C:\\comity.csv", "a/../../b.csv", "..\\b.csv"]
)
def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path, name):
    path = pack(tmp_path / "a.zip", name, year_text(2022).encode())
    with pytest.raises(InputFileError, match="leads out of the folder"):
        look(path)
    assert [p.name for p in tmp_path.iterdir()] == ["a.zip"]


@pytest.mark.parametrize("packed", [False, True])
def test_a_line_of_two_gigabytes_is_refused_without_holding_it(tmp_path, packed):
    """A sparse file: two gigabytes of zero bytes in one line, none of them on disk."""
    path = tmp_path / "line.csv"
    with path.open("wb") as file:
        file.write(b"t,i,j,k,v,q\n2022,699,643,300490,1.0,1.0\n2022,699,")
        if not packed:
            file.truncate(2 * 2**30)
        else:
            file.write(os.urandom(18 * 2**20).replace(b"\n", b" "))
    if packed:
        path = pack(tmp_path / "a.zip", "BACI_HS22_Y2022_V202501.csv", path.read_bytes())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputFileError, match="line 3: the line is longer than 16 MiB"):
        list(add(look(path), tmp_path / "lake"))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400_000  # kilobytes


def test_a_header_without_an_end_is_nobodys(tmp_path):
    path = tmp_path / "line.csv"
    path.write_bytes(b"t,i,j,k,v,q" * 100_000)
    with pytest.raises(InputFileError, match="no publisher's file"):
        look(path)


def test_a_damaged_archive_is_a_sentence(tmp_path):
    path = release(tmp_path / "a.zip", (2022,))
    content = bytearray(path.read_bytes())
    content[80:120] = bytes(40)
    path.write_bytes(bytes(content))
    with pytest.raises(InputFileError):
        for _ in add(look(path), tmp_path / "lake"):
            pass
    path.write_bytes(bytes(content[:-30]))
    with pytest.raises(InputFileError, match="cannot be unpacked"):
        look(path)
