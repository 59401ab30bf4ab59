from __future__ import annotations

import csv
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity import catalogue
from comity.catalogue._tables import read_table
from comity.catalogue.products import bec, codes_of, end_use
from comity.errors import UnknownNameError

DIGITS = st.integers(1, 99).map(lambda n: f"{n:02d}")


def test_counts_are_those_of_the_harmonized_system_of_2022():
    assert len(catalogue.sections()) == 21
    assert len(catalogue.chapters()) == 97
    assert len(catalogue.products(4)) == 1229
    assert len(catalogue.products(6)) == 5613
    for level in (2, 4, 6):
        codes = [product.code for product in catalogue.products(level)]
        assert len(set(codes)) == len(codes)
        assert codes == sorted(codes)
        assert all(len(code) == level and code.isdigit() for code in codes)


def test_every_product_has_a_parent_and_a_section():
    headings = {product.code for product in catalogue.products(4)}
    chapters = {product.code for product in catalogue.chapters()}
    assert {product.parent for product in catalogue.products(6)} == headings
    assert {product.parent for product in catalogue.products(4)} == chapters
    for product in catalogue.chapters():
        if product.code == "99":
            assert product.section == ""
            continue
        section = catalogue.section(product.section)
        assert section.first_chapter <= product.code <= section.last_chapter


def test_sections_follow_each_other_without_gaps():
    ends = [(int(s.first_chapter), int(s.last_chapter)) for s in catalogue.sections()]
    assert ends[0][0] == 1
    assert ends[-1][1] == 97
    for (_, last), (first, _) in itertools.pairwise(ends):
        assert first == last + 1


def test_chapters_have_short_labels_of_their_own():
    labels = [product.label for product in catalogue.chapters()]
    assert len(set(labels)) == len(labels)
    assert max(map(len, labels)) <= 34


@pytest.mark.parametrize(
    ("code", "label", "kind"),
    [
        ("27", "Mineral fuels and oils", "chapter"),
        ("30", "Pharmaceuticals", "chapter"),
        ("77", "Reserved", "reserved"),
        ("98", "Project goods and national use", "national"),
        ("99", "Unspecified goods", "national"),
        ("TOTAL", "All goods", "total"),
    ],
)
def test_chapters(code, label, kind):
    product = catalogue.product(code)
    assert (product.label, product.kind) == (label, kind)


def test_a_subheading_is_found_with_or_without_its_dot():
    assert catalogue.product("3004.90") == catalogue.product("300490")
    assert catalogue.product("0101.21").code == "010121"


@pytest.mark.parametrize("code", ["", "00", "100000", "oil", "2", "27090", "²7", "0101210000"])
def test_what_is_no_code_is_an_unknown_name(code):
    with pytest.raises(UnknownNameError):
        catalogue.product(code)


def test_every_chapter_belongs_to_one_sector():
    at_chapter = [row["hs"] for row in read_table("hs_sectors") if len(row["hs"]) == 2]
    assert sorted(at_chapter) == [f"{n:02d}" for n in range(1, 100)]
    codes = [row["hs"] for row in read_table("hs_sectors")]
    assert len(set(codes)) == len(codes)
    assert {row["sector"] for row in read_table("hs_sectors")} == {
        sector.id for sector in catalogue.sectors()
    }


def test_finer_codes_of_sectors_exist_and_change_the_sector():
    for row in read_table("hs_sectors"):
        if len(row["hs"]) > 2:
            assert catalogue.product(row["hs"])
            assert catalogue.sector_of(row["hs"][:2]).id != row["sector"]


@pytest.mark.parametrize(
    ("hs", "sector"),
    [
        ("30", "pharmaceuticals"),
        ("300490", "pharmaceuticals"),
        ("29", "chemicals"),
        ("294110", "pharmaceuticals"),
        ("290110", "chemicals"),
        ("03", "marine"),
        ("160414", "marine"),
        ("16", "processed_food"),
        ("270900", "energy"),
        ("840130", "energy"),
        ("31", "fertilisers"),
        ("84", "machinery"),
        ("847130", "technology"),
        ("85", "technology"),
        ("850300", "machinery"),
        ("93", "arms"),
        ("871000", "arms"),
        ("87", "vehicles"),
        ("71", "gems"),
        ("99", "other"),
    ],
)
def test_sector_of(hs, sector):
    assert catalogue.sector_of(hs).id == sector


@given(DIGITS, st.text("0123456789", max_size=8))
def test_every_code_of_any_edition_has_a_sector(chapter, rest):
    assert catalogue.sector_of(chapter + rest) in catalogue.sectors()


def test_a_sector_is_found_by_id_or_name_and_lists_its_codes():
    assert catalogue.sector("Marine products").id == "marine"
    assert catalogue.sector("processed_food").name == "Processed food"
    assert set(codes_of("marine")) == {"03", "1604", "1605"}
    with pytest.raises(UnknownNameError, match="Did you mean"):
        catalogue.sector("farmaceuticals")
    with pytest.raises(UnknownNameError):
        catalogue.sector_of("TOTAL")


def test_bec_covers_the_subheadings_but_for_money():
    without = {product.code for product in catalogue.products(6) if not bec(product.code)}
    assert without == {"710820", "711890"}
    known = {row["bec"] for row in read_table("bec")}
    assert {row["bec"] for row in read_table("hs_bec")} <= known
    assert {end_use(product.code) for product in catalogue.products(6)} == {
        "capital",
        "intermediate",
        "consumption",
        None,
    }


def test_descriptions_are_the_publishers(shared_data):
    path = shared_data / "nomenclature" / "hs" / "harmonized-system.csv"
    with path.open(encoding="utf-8-sig", newline="") as handle:
        for row in csv.DictReader(handle):
            if row["level"] in {"4", "6"}:
                assert catalogue.product(row["hscode"]).description == row["description"]
