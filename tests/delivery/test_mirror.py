"""Who says what: reports on one footing, and stated where a country is silent."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import comity
from comity.brief.render import plain
from comity.brief.reports.mirror import mirror
from comity.brief.reports.report import as_dict
from comity.cli import app
from comity.delivery.mirror import (
    ASSUMED_FACTOR,
    compare,
    mirror_asymmetry,
    reconciliation,
    reports,
)
from comity.errors import NoDataError, UsageError
from comity.lake import Dossier, write
from comity.measure import Absence, Measure

COUNTRIES = ["ARM", "BRA", "CHN", "DEU", "FRA", "IND", "KAZ", "RUS", "USA"]


def sources(*ids):
    rows = [
        {
            "id": name, "publisher": "Nobody", "title": "Invented", "licence": "CC0 1.0",
            "citation": "Nobody.", "redistributable": True,
        }
        for name in ids
    ]  # fmt: skip
    return pd.DataFrame(rows)


def row(year, exporter, importer, value, basis, source, **other):
    return {
        "year": year, "exporter": exporter, "importer": importer, "product": "TOTAL",
        "value_usd": value, "valuation": "cif" if basis == "mirror" else "fob", "basis": basis,
        "revision": "TOTAL", "period": str(year), "source": source,
    } | other  # fmt: skip


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    """Return a lake in which both sides report until 2021, and Russia no more after."""
    random = np.random.default_rng(5)
    near = comity.open().store.table("proximity").to_pyarrow().to_pandas()
    near = near[near["origin"].isin(COUNTRIES) & near["destination"].isin(COUNTRIES)]
    rows = []
    for year in (2020, 2021, 2022, 2023):
        for origin, destination, km in near[["origin", "destination", "distance_km"]].to_numpy():
            if origin == destination:
                continue
            value = float(np.exp(random.normal(21, 1)))
            factor = np.exp(-0.3 + 0.045 * np.log(float(km)))
            if not (origin == "RUS" and year > 2021):
                rows.append(row(year, origin, destination, value, "reported", "both"))
            if not (destination == "RUS" and year > 2021):
                seen = value * factor * np.exp(random.normal(0, 0.05))
                rows.append(row(year, origin, destination, seen, "mirror", "both"))
            rows.append(row(year, origin, destination, 1.01 * value, "reconciled", "someone"))
    fiscal = {"period": "FY2021-22", "valuation": "cif"}
    rows.append(row(2021, "RUS", "IND", 9e9, "reported", "office", **fiscal))
    rows.append(row(2019, "KAZ", "ARM", 100e6, "reported", "alone"))
    rows.append(row(2019, "KAZ", "ARM", 127.2e6, "mirror", "other"))
    folder = tmp_path_factory.mktemp("lake")
    tables = {
        "flows": pd.DataFrame(rows),
        "proximity": near.assign(source="both", also=None),
        "sources": sources("both", "someone", "office", "alone", "other"),
    }
    return comity.Lake(write(folder, tables, built="2026-01-01"))


def find(lake, a, b, exporter, period):
    found = compare(Dossier(lake.store, a, b))
    return next(one for one in found if (one.exporter, one.period) == (exporter, period))


def test_freight_is_estimated_by_distance_and_taken_out(lake):
    one = find(lake, "IND", "USA", "IND", "2021")
    assert one.estimated
    assert one.factor == pytest.approx(np.exp(-0.3 + 0.045 * np.log(13_000)), abs=0.03)
    assert one.imports_fob == one.imports.value_usd / one.factor
    assert one.asymmetry < 0.25
    low, high = sorted([one.exports.value_usd, one.imports_fob])
    assert low <= one.own <= high
    assert one.spread > 0
    assert one.reconciled.value_usd == pytest.approx(1.01 * one.exports.value_usd)
    assert one.sources == ("both", "someone")


def test_without_reports_enough_the_margin_is_assumed_and_says_so(lake):
    one = find(lake, "KAZ", "ARM", "KAZ", "2019")
    assert (one.factor, one.estimated, one.own) == (ASSUMED_FACTOR, False, None)
    assert one.imports_fob == pytest.approx(120e6)
    assert one.asymmetry == pytest.approx(20 / 110)
    assert reconciliation(lake.store, "other", 2019) is None
    made = mirror_asymmetry(Dossier(lake.store, "KAZ", "ARM", until=2019))
    assert [type(entry) for entry in made] == [Measure]
    assert made[0].value == pytest.approx(20 / 110)
    assert (made[0].source, made[0].also, made[0].flags) == ("alone", ("other",), ("estimate",))
    assert "6 % for freight (assumed" in made[0].note


def test_an_office_that_counts_freight_speaks_for_the_importer(lake):
    said = reports(Dossier(lake.store, "IND", "RUS"))
    office = next(report for report in said if report.source == "office")
    assert office.said_by == "importer"
    # A fiscal year is not compared with a calendar year.
    one = find(lake, "IND", "RUS", "RUS", "FY2021-22")
    assert one.exports is None
    assert one.asymmetry is None


def test_silence_is_stated_and_the_last_report_of_both_stands(lake):
    entries = mirror_asymmetry(Dossier(lake.store, "IND", "RUS"))
    measures = [entry for entry in entries if isinstance(entry, Measure)]
    gaps = [entry for entry in entries if isinstance(entry, Absence)]
    assert [(m.origin, m.period) for m in measures] == [("IND", "2021"), ("RUS", "2021")]
    assert [gap.origin for gap in gaps] == ["RUS"]
    assert "no trade to UN Comtrade for 2022 or later" in gaps[0].reason
    assert "Reuters, 21 April 2022" in gaps[0].reason
    newest = find(lake, "IND", "RUS", "IND", "2023")
    assert newest.imports is None
    assert not [e for e in mirror_asymmetry(Dossier(lake.store, "IND", "RUS", until=2021))
                if isinstance(e, Absence)]  # fmt: skip


def test_the_brief_has_the_gap_and_the_dumbbells(lake):
    brief = lake.pair("IND", "RUS").brief()
    made = json.loads(plain.to_json(brief))
    gaps = [m for m in made["measures"] if m["indicator"] == "mirror_asymmetry"]
    assert len(gaps) == 2
    charts = [c for s in brief.sections for c in s.charts if c.id == "mirror"]
    assert len(charts) == 1
    assert "apart" in charts[0].title
    points = [v for layer in charts[0].spec["layer"][1:3] for v in layer["data"]["values"]]
    # 2023, 2022: one report and the reconciled figure each way; 2021, 2020: three figures.
    assert len(points) == 2 * (2 + 2 + 3 + 3)
    assert set(charts[0].sources) >= {"both", "someone"}


def test_the_report_names_both_sides_and_every_source(lake):
    found = as_dict(mirror(lake.store, "India", "Russia"))
    assert found["silent"][0]["country"] == "RUS"
    assert set(found["sources"]) == {"both", "someone", "office"}
    newest = found["tables"]["compared"][0]
    assert newest["period"] == "2023"
    assert newest["asymmetry"] is None
    assert sum("apart" in sentence for sentence in found["findings"]) == 2
    earlier = as_dict(mirror(lake.store, "IND", "RUS", year=2020))
    assert {r["period"] for r in earlier["tables"]["compared"]} == {"2020"}
    assert earlier["silent"] == []


def test_what_cannot_be_compared_is_refused(lake):
    with pytest.raises(UsageError, match="both of these are India"):
        mirror(lake.store, "IND", "India")
    with pytest.raises(NoDataError, match="no goods trade between Nauru and Tuvalu"):
        mirror(lake.store, "NRU", "TUV")


@pytest.mark.parametrize("format", ["table", "json", "csv", "html", "xlsx"])
def test_the_command_writes_every_format(lake, tmp_path, format):
    out = tmp_path / f"mirror.{'txt' if format == 'table' else format}"
    arguments = ["mirror", "IND", "USA", "--lake", str(lake.store.folder), "--out", str(out)]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert out.stat().st_size > 300


def test_against_baci_in_ceps_own_panel(shared_data, tmp_path):
    """CEPII Gravity has both reports and BACI: taken in by its reader, told apart, and near."""
    from comity.sources.registry import recognise

    path = shared_data / "gravity" / "cepii_gravity_slice" / "gravity.dta"
    publisher, found = recognise(path)
    tables = publisher.read(path, found)
    names = {name for frame in tables.values() if "source" in frame for name in frame["source"]}
    made = write(tmp_path / "lake", tables | {"sources": sources(*names)}, built="2026-01-01")
    known = [c for c in compare(Dossier(made, "FRA", "JPN")) if c.asymmetry is not None]
    assert len(known) >= 10
    for one in known:
        assert one.estimated
        assert abs(np.log(one.own / one.reconciled.value_usd)) < 0.25
