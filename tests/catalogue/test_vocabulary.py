from __future__ import annotations

import csv
import datetime as dt
import string
from pathlib import Path

import pytest

import comity
from comity import catalogue
from comity.errors import UnknownNameError

IDS = set(string.ascii_lowercase + string.digits + "_-")


@pytest.mark.parametrize("listing", [catalogue.pillars, catalogue.indicators, catalogue.sources])
def test_ids_are_unique_plain_and_find_their_row(listing):
    rows = listing()
    assert len({row.id for row in rows}) == len(rows)
    find = getattr(catalogue, listing.__name__.removesuffix("s"))
    for row in rows:
        assert set(row.id) <= IDS
        assert find(row.id) is row


def test_names_find_their_row_too():
    for row in catalogue.indicators():
        assert catalogue.indicator(row.name.upper()) is row
    for row in catalogue.pillars():
        assert catalogue.pillar(row.name) is row


def test_every_indicator_belongs_to_a_pillar_and_says_what_it_is():
    known = {pillar.id for pillar in catalogue.pillars()}
    for row in catalogue.indicators():
        assert row.pillar in known
        assert row.unit
        assert row.label
        assert row.description.endswith(".")
    assert {row.id for row in catalogue.indicators("dependence")} >= {"export_share"}


@pytest.mark.parametrize(
    ("indicator", "directed", "unit"),
    [
        ("goods_exports", True, "USD"),
        ("goods_trade_total", False, "USD"),
        ("trade_balance", True, "USD"),
        ("migrants", True, "persons"),
        ("co_works", False, "works"),
        ("visa_rule", True, "text"),
        ("un_kappa", False, "index"),
        ("distance_km", False, "km"),
        ("export_share", True, "share"),
    ],
)
def test_directions_and_units_are_those_of_the_contract(indicator, directed, unit):
    row = catalogue.indicator(indicator)
    assert (row.directed, row.unit) == (directed, unit)


def test_every_source_says_who_what_and_on_what_terms():
    for row in catalogue.sources():
        assert row.publisher
        assert row.title
        assert row.licence
        assert row.citation.endswith(".")
        assert row.url.startswith("http") or row.publisher == "comity"
        assert row.licence_url.startswith("http")
        assert dt.date.fromisoformat(row.last_verified)


def test_what_comity_may_not_ship_is_marked():
    kept_out = {source.id for source in catalogue.sources(redistributable=False)}
    assert {
        "sipri-arms-transfers",
        "un-comtrade",
        "imf-imts",
        "cow-trade",
        "desta",
        "wto-stats",
    } <= (kept_out)
    assert "cepii-baci-202501" not in kept_out


@pytest.mark.parametrize("find", [catalogue.indicator, catalogue.pillar, catalogue.source])
def test_an_unknown_id_raises_with_a_hint(find):
    with pytest.raises(UnknownNameError):
        find("nothing like this")
    with pytest.raises(UnknownNameError, match="Did you mean goods_exports"):
        catalogue.indicator("god exports")


def test_every_row_of_our_tables_is_as_wide_as_its_header():
    """A comma that is not quoted cuts the last column short, and nothing else tells."""
    paths = sorted(Path(comity.__file__).parent.rglob("*.csv"))
    assert len(paths) > 20
    for path in paths:
        with path.open(encoding="utf-8", newline="") as handle:
            widths = {len(row) for row in csv.reader(handle)}
        assert len(widths) == 1, path.name
