"""Text stays text, and an error names file, line and column."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.errors import InputFileError
from comity.sources.reading import countries, integers, numbers, read_table

Written = Callable[..., Path]


def test_a_byte_order_mark_padding_and_leading_zeros(written: Written) -> None:
    path = written("\ufeffcode , value\n010121,  2.5\nNA, \n")
    frame = read_table(path, ["code", "value"])
    assert list(frame["code"]) == ["010121", "NA"]
    values = numbers(frame, "value", path)
    assert values[0] == 2.5
    assert values.isna()[1]


def test_a_gzipped_file_and_quotes(written: Written) -> None:
    path = written('"a","b"\n"Bonaire, Saba","1"\n', name="invented.csv.gz")
    assert read_table(path, ["a", "b"]).iloc[0].to_list() == ["Bonaire, Saba", "1"]


def test_a_file_that_is_absent(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match=r"gone\.csv is not in"):
        read_table(tmp_path / "gone.csv", ["a"])


def test_a_missing_column_is_named(written: Written) -> None:
    with pytest.raises(InputFileError, match=r"invented\.csv lacks the column c, d") as error:
        read_table(written("a,b\n1,2\n"), ["a", "c", "d"])
    assert error.value.hint == "Its columns are a, b."


def test_another_encoding(written: Written) -> None:
    path = written("a\nCôte d’Ivoire\n".replace("’", "'"), encoding="latin-1")
    with pytest.raises(InputFileError, match=r"invented\.csv is not UTF-8 text"):
        read_table(path, ["a"])
    assert read_table(path, ["a"], encoding="latin-1")["a"][0] == "Côte d'Ivoire"


@pytest.mark.parametrize("text", ["", "\n", "a,b\n1,2,3\n4\n5,6,7,8\n"])
def test_what_is_no_table(written: Written, text: str) -> None:
    with pytest.raises(InputFileError, match=r"invented\.csv"):
        read_table(written(text), ["a", "b"])


def test_a_cell_that_is_no_number_is_named_with_its_line(written: Written) -> None:
    path = written("k,v\na,1\nb,\nc,1 000\n")
    frame = read_table(path, ["v"])
    with pytest.raises(InputFileError, match=r"line 4: '1 000' in column 'v' is not a number"):
        numbers(frame, "v", path)


@pytest.mark.parametrize("cell", ["", "2020.5", "x"])
def test_a_year_is_a_whole_number(written: Written, cell: str) -> None:
    path = written(f"k,year\na,2020\nb,{cell}\n")
    with pytest.raises(InputFileError, match=r"line 3"):
        integers(read_table(path, ["year"]), "year", path)


def test_namibia_in_both_codes(written: Written) -> None:
    path = written("two,three\nNA,NAM\n")
    frame = read_table(path, ["two", "three"])
    assert list(countries(frame, "two", path, scheme="iso2")) == ["NAM"]
    assert list(countries(frame, "three", path)) == ["NAM"]


def test_an_unknown_country_is_named_with_its_line(written: Written) -> None:
    path = written("c\nIND\nRUS\nQQQ\n")
    with pytest.raises(InputFileError, match=r"line 4: 'QQQ' in column 'c' is no country code"):
        countries(read_table(path, ["c"]), "c", path)


def test_what_stands_for_no_country_comes_back_missing(written: Written) -> None:
    path = written("c\nIND\nOOO\nWLD\n")
    frame = read_table(path, ["c"])
    assert countries(frame, "c", path).isna().to_list() == [False, True, True]
    assert countries(frame, "c", path, world=True).to_list()[2] == "WLD"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_numbers_come_back_as_written(written: Written, values: list[float]) -> None:
    path = written("k,v\n" + "".join(f"x,{value!r}\n" for value in values))
    assert numbers(read_table(path, ["v"]), "v", path).to_list() == values


def test_a_filtered_table_keeps_its_lines(written: Written) -> None:
    path = written("k,v\na,x\nb,1\nc,y\n")
    frame = read_table(path, ["k", "v"])
    with pytest.raises(InputFileError, match="line 4: 'y'"):
        numbers(frame[frame["k"] != "a"], "v", path)


@pytest.mark.parametrize("keep", [3, 12, -4])
def test_a_gzipped_file_that_was_cut_off(written: Written, keep: int) -> None:
    path = written("a,b\n" + "1,2\n" * 500, name="cut.csv.gz")
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputFileError, match=r"cut\.csv\.gz"):
        read_table(path, ["a", "b"])
