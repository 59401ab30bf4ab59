"""Several files at once: each whole, in their order, and what is broken stops only what follows."""

from __future__ import annotations

import pytest

from comity.errors import InputFileError
from comity.intake import add_all, look
from comity.lake import Store

from .invented_baci import release, year_text


def took(paths, folder, **more):
    return [
        (step.file.path.name, step.year)
        for step in add_all([look(path) for path in paths], folder, **more)
    ]


def one_year(tmp_path, year):
    path = tmp_path / f"BACI_HS22_Y{year}_V202501.csv"
    path.write_text(year_text(year))
    return path


def test_files_of_years_give_the_lake_that_their_archive_gives(tmp_path):
    years = (2019, 2020, 2021, 2022)
    paths = [one_year(tmp_path, year) for year in years]
    assert took(paths, tmp_path / "many") == [
        (path.name, year) for path, year in zip(paths, years, strict=True)
    ]
    took([release(tmp_path / "a.zip", years)], tmp_path / "one")
    many, one = Store(tmp_path / "many"), Store(tmp_path / "one")
    for name in ("details", "flows"):
        assert {f.sha256 for f in many.files[name]} == {f.sha256 for f in one.files[name]}
    assert [held.files for held in many.by_pair] == [held.files for held in one.by_pair]
    assert all(addition["whole"] for addition in many.manifest["additions"])


def test_the_same_content_under_two_names_is_taken_in_once(tmp_path):
    path = one_year(tmp_path, 2022)
    copy = tmp_path / "copy.csv"
    copy.write_bytes(path.read_bytes())
    assert took([path, copy], tmp_path / "lake") == [(path.name, 2022)]
    assert len(Store(tmp_path / "lake").manifest["additions"]) == 1


def test_a_broken_file_leaves_those_before_it_in(tmp_path):
    good, bad = one_year(tmp_path, 2021), one_year(tmp_path, 2022)
    bad.write_text(bad.read_text() + "2022,x,643,300490,1.0,1.0\n")
    steps = add_all([look(good), look(bad)], tmp_path / "lake")
    assert next(steps).year == 2021
    with pytest.raises(InputFileError, match=r"Y2022.*'x' in column 'i'"):
        next(steps)
    [held] = Store(tmp_path / "lake").manifest["additions"]
    assert (held["file"], held["years"], held["whole"]) == (good.name, [2021], True)


def test_who_stops_amid_files_goes_on_with_the_rest(tmp_path):
    paths = [one_year(tmp_path, year) for year in (2020, 2021, 2022)]
    steps = add_all([look(path) for path in paths], tmp_path / "lake")
    assert next(steps).year == 2020
    steps.close()
    assert took(paths, tmp_path / "lake") == [(paths[1].name, 2021), (paths[2].name, 2022)]


def test_a_lake_of_before_that_did_not_note_sizes_knows_its_files_again(tmp_path):
    lake, path = tmp_path / "lake", one_year(tmp_path, 2022)
    took([path], lake)
    text = (lake / "manifest.json").read_text()
    size = path.stat().st_size
    assert f'"size": {size}' in text
    (lake / "manifest.json").write_text(text.replace(f'"size": {size}', '"size": 0'))
    read = []
    assert took([path], lake, advance=lambda _file, size: read.append(size)) == []
    assert read == []
