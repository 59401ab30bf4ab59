"""The compiled reader of BACI's plain lines gives what a general reader gives, or leaves them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.sources import baci_csv
from comity.sources.baci_lines import parse_lines
from comity.sources.publisher import Wanted

HEADER = b"t,i,j,k,v,q\n"
WHOLE = "2022,699,643,300490,123.456,       32.703\n"

amounts = st.builds(
    lambda number, decimals: f"{number:.{decimals}f}",
    st.floats(0, 9e10),
    st.integers(0, 4),
)
lines = st.builds(
    "2022,{},{},{},{},{}{}\n".format,
    st.integers(1, 999),
    st.integers(1, 999),
    st.integers(10_000, 999_999),
    amounts,
    st.sampled_from(["", " ", "       "]),
    st.one_of(st.just("NA"), amounts),
)


@given(st.lists(lines, min_size=1, max_size=20))
def test_numbers_are_those_of_a_general_reader_bit_by_bit(rows):
    text = "".join(rows).encode()
    year, found = parse_lines(text)
    options = baci_csv._options(HEADER + text)
    expected = baci_csv._read_any(HEADER, text, options).to_batches()[0]
    assert year == 2022
    for name in "ijkvq":
        ours = found[name].to_numpy()
        theirs = expected[name].to_numpy(zero_copy_only=False)
        assert np.array_equal(ours, theirs, equal_nan=name == "q")


@pytest.mark.parametrize(
    "form",
    [
        '2022,699,643,300490,123.456,"       32.703"\n',
        "2022,699,643,300490,123.456,32.703\r\n",
        "2022,699,643,300490,  123.456,32.703\n",
        "2022,699,643,300490,123.45600,32.703\n",
    ],
)
def test_forms_that_releases_have(form):
    year, rows = parse_lines((WHOLE + form).encode())
    first, second = rows.to_pylist()
    assert year == 2022
    assert first == second == {"i": 699, "j": 643, "k": 300490, "v": 123.456, "q": 32.703}


@pytest.mark.parametrize(
    "line",
    [
        "2021,699,643,300490,1.5,2.5\n",
        "1959,699,643,300490,1.5,2.5\n",
        "22,699,643,300490,1.5,2.5\n",
        "2022,0,643,300490,1.5,2.5\n",
        "2022,699,,300490,1.5,2.5\n",
        "2022,1699,643,300490,1.5,2.5\n",
        "2022,699,643,3004,1.5,2.5\n",
        "2022,699,643,3004901,1.5,2.5\n",
        "2022,699,643,300490,-1.5,2.5\n",
        "2022,699,643,300490,NA,2.5\n",
        "2022,699,643,300490,1e5,2.5\n",
        "2022,699,643,300490,1.5,-2.5\n",
        "2022,699,643,300490,1.5,N\n",
        "2022,699,643,300490,1.5,\n",
        "2022,699,643,300490,1.5\n",
        "2022,699,643,300490,1.5,2.5,3.5\n",
        '2022,699,643,300490,1.5,"2.5\n',
        "2022,699,643,300490,1234567890123456.5,2.5\n",
        '"2022",699,643,300490,1.5,2.5\n',
        "\n",
    ],
)
def test_what_is_not_plain_is_left(line):
    assert parse_lines((WHOLE + line).encode()) is None
    if not line.startswith("2021"):
        assert parse_lines((line + WHOLE).encode()) is None


def test_nothing_is_left():
    assert parse_lines(b"") is None


def test_blocks_of_either_kind_and_an_end_without_a_line_make_one_year(tmp_path, monkeypatch):
    monkeypatch.setattr(baci_csv, "_BLOCK", 64)
    path = tmp_path / "a.csv"
    odd = '2022,699,643,300491,1e3,2.5\n2022,"699",643,300492,7.25,NA\n'
    more = "".join(f"2022,699,643,{300500 + n},{n}.125,     {n}.5\n" for n in range(50))
    path.write_text(HEADER.decode() + WHOLE + odd + more + "2022,699,643,999999,1.5,2.5")
    read = []
    [(year, table)] = baci_csv.read_years(path, Wanted(advance=read.append))
    assert (year, sum(read)) == (2022, path.stat().st_size)
    assert table["k"].to_pylist() == [300490, 300491, 300492, *range(300500, 300550), 999999]
    assert table["v"].to_pylist()[1:3] == [1000.0, 7.25]
    assert math.isclose(table["v"].to_numpy()[3:-1].sum(), sum(range(50)) + 50 / 8)
    assert np.isnan(table["q"].to_numpy()).sum() == 1


def test_a_fault_after_many_blocks_is_named_by_its_line(tmp_path, monkeypatch):
    monkeypatch.setattr(baci_csv, "_BLOCK", 64)
    path = tmp_path / "a.csv"
    more = "".join(f"2022,699,643,{300500 + n},{n}.125,     {n}.5\n" for n in range(50))
    path.write_text(HEADER.decode() + more + "2022,699,643,3004,1.5,2.5\n" + more)
    with pytest.raises(baci_csv.InputFileError, match="line 52: '3004' in column 'k'"):
        list(baci_csv.read_years(path, Wanted()))
