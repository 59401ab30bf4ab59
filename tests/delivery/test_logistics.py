"""Ways by sea and corridors: against published distances, and what cannot be sailed."""

from __future__ import annotations

import csv
import io
from importlib.resources import files
from itertools import pairwise

import pytest

from comity import catalogue
from comity.brief import logistics as section_of
from comity.brief.charts.logistics import corridor_map, span
from comity.catalogue.logistics import corridors, land, port, ports
from comity.delivery.logistics import (
    KNOTS,
    arctic_route,
    corridor_routes,
    sea_route,
    sea_table,
    thin,
)
from comity.errors import RouteError, UnknownNameError, UsageError
from comity.lake import Dossier

# Published on both ways between two ports, km: Valdai Club, "The Northern Sea Route and its impact
# on world trade".
SUEZ_TO_VLADIVOSTOK, ARCTIC_TO_VLADIVOSTOK = 23_200, 14_280


def test_mumbai_to_saint_petersburg():
    way = sea_route("Mumbai", "Saint Petersburg")
    assert way.distance_km == pytest.approx(14_136, abs=5)
    assert way.nautical_miles == pytest.approx(7_633, abs=3)
    assert way.days == pytest.approx(7_633 / 14 / 24, abs=0.01)
    assert way.passages == ("bab-el-mandeb", "gibraltar", "suez")


def test_published_distances_are_near():
    usual = sea_route("Saint Petersburg", "Vladivostok")
    assert usual.distance_km == pytest.approx(SUEZ_TO_VLADIVOSTOK, rel=0.02)
    icy = arctic_route("Saint Petersburg", "Vladivostok")
    assert icy.distance_km == pytest.approx(ARCTIC_TO_VLADIVOSTOK, rel=0.07)
    assert "arctic" in icy.passages


def test_there_and_back_are_as_long():
    there, back = sea_route("Mumbai", "Rotterdam"), sea_route("Rotterdam", "Mumbai")
    assert there.distance_km == pytest.approx(back.distance_km, rel=1e-9)


def test_without_suez_ships_round_the_cape():
    way = sea_route("Mumbai", "Saint Petersburg", avoid=["suez"])
    assert way.passages == ("cape",)
    assert way.avoided == ("suez",)
    assert way.distance_km == pytest.approx(22_411, abs=5)
    # One call must not leave passages closed for the next.
    assert "suez" in sea_route("Mumbai", "Saint Petersburg").passages


def test_twice_as_fast_is_half_as_long():
    slow = sea_route("Mumbai", "Chennai", knots=10)
    fast = sea_route("Mumbai", "Chennai", knots=20)
    assert slow.days == pytest.approx(2 * fast.days)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Mumbai", "INNSA"),
        ("bombay", "INNSA"),
        ("St. Petersburg", "RULED"),
        ("RULED", "RULED"),
        ("Russia", "RULED"),
        ("UAE", "AEJEA"),
        ("novorossiysk", "RUNVS"),
    ],
)
def test_ports_by_any_name(text, code):
    assert port(text).code == code


def test_ports_that_nobody_knows():
    with pytest.raises(UnknownNameError, match="No port is known as 'Atlantis'"):
        port("Atlantis")
    with pytest.raises(UnknownNameError, match="Did you mean Odessa"):
        port("Odesa")
    with pytest.raises(UnknownNameError, match="no port of Switzerland"):
        port("Switzerland")
    with pytest.raises(UnknownNameError):
        port("")


def test_ways_that_no_ship_can_take():
    with pytest.raises(RouteError, match="Caspian"):
        sea_route("Mumbai", "Astrakhan")
    with pytest.raises(RouteError, match="No way by sea"):
        sea_route("Mumbai", "Novorossiysk", avoid=["bosporus"])
    with pytest.raises(RouteError, match="is no port"):
        sea_route(corridors("IND", "RUS")[5].end, "Mumbai")
    with pytest.raises(UsageError, match="Both ends"):
        sea_route("Mumbai", "Nhava Sheva")
    with pytest.raises(UsageError, match="Known are"):
        sea_route("Mumbai", "Rotterdam", avoid=["thames"])
    for knots in (0, -3, float("nan"), 400):
        with pytest.raises(UsageError, match="knots"):
            sea_route("Mumbai", "Rotterdam", knots=knots)


def test_the_caspian_can_be_crossed():
    assert sea_route("Bandar Anzali", "Astrakhan").distance_km == pytest.approx(1_102, abs=5)


def test_every_port_can_be_reached():
    for place in ports():
        if place.kind == "sea" and place.code != "INNSA":
            assert sea_route("INNSA", place).distance_km > 100, place


def test_large_traders_with_a_coast_have_a_port():
    large = {
        *("CHN", "USA", "DEU", "JPN", "KOR", "ITA", "FRA", "NLD", "BEL", "GBR", "MEX", "CAN"),
        *("IND", "RUS", "ESP", "SGP", "HKG", "ARE", "SAU", "BRA", "VNM", "AUS", "MYS", "THA"),
        *("IDN", "TUR", "POL", "SWE", "ZAF", "NGA", "EGY", "IRN", "IRQ", "TWN", "NOR", "PER"),
    }
    assert large <= {place.country for place in ports()}


def test_stored_sea_legs_are_what_is_computed():
    path = files("comity.catalogue") / "data" / "corridor_sea.csv"
    stored = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    again = list(csv.DictReader(io.StringIO(sea_table())))
    assert [row["passages"] for row in stored] == [row["passages"] for row in again]
    for old, new in zip(stored, again, strict=True):
        assert float(old["distance_km"]) == pytest.approx(float(new["distance_km"]), abs=2)


def test_the_eastern_branch_adds_up():
    east = next(c for c in corridor_routes("IND", "RUS") if c.corridor.id == "instc-east")
    assert [leg.distance_km for leg in east.legs] == [pytest.approx(2_052, abs=5), 1_600, 3_800]
    assert east.distance_km == pytest.approx(2_052 + 1_600 + 3_800, abs=5)
    assert not east.by_sea_alone


def test_an_unknown_leg_leaves_the_whole_unknown():
    west = next(c for c in corridor_routes("IND", "RUS") if c.corridor.id == "instc-west")
    assert west.distance_km is None
    assert west.said_km == 7_200
    assert west.said_days == (10, 24)


def test_every_statement_has_its_page():
    for corridor in corridors():
        claims = [*corridor.claims, *(leg.claim for leg in corridor.legs if leg.claim)]
        for claim in claims:
            assert claim.publisher
            assert claim.url.startswith("https://")
            if claim.days:
                assert 0 < claim.days[0] <= claim.days[1]


def test_corridors_are_the_same_from_both_sides_and_none_elsewhere(toy):
    assert corridors("IND", "RUS") == corridors("RUS", "IND")
    assert corridors("IND", "BRA") == ()
    section = section_of.section(Dossier(toy, "IND", "BRA"))
    assert not section.measures
    assert "comity route IND BRA" in section.absences[0].reason
    assert corridor_map((), "nowhere") is None


def test_the_section_names_its_source(dossier):
    section = section_of.section(dossier)
    suez = next(m for m in section.measures if m.product == "suez")
    assert (suez.value, suez.unit, suez.source) == (14_136, "km", "searoute")
    assert catalogue.source("searoute").licence == "Apache-2.0"
    assert section_of.source_row()["redistributable"]
    assert len(section.charts) == 2
    assert f"{KNOTS:g} knots" in section.charts[1].subtitle
    assert any("8,675 nautical miles" in note for note in section.notes)


def test_outlines_close_no_gap_and_lie_on_the_globe():
    for kind, points in land():
        assert kind in ("land", "water")
        assert len(points) >= 4
        assert all(-90 <= y <= 90 and -540 <= x <= 540 for x, y in points)
        # No outline jumps across the map.
        assert max(abs(a[0] - b[0]) for a, b in pairwise(points)) < 180


def test_thinning_keeps_the_ends():
    line = [(0.0, 0.0), (1.0, 3.0), (2.0, 0.0)]
    assert thin(line, 0.5) == line
    assert thin(line, 5.0) == [(0.0, 0.0), (2.0, 0.0)]
    assert span((1.0, 1.0)) == "1"
