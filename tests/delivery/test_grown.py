"""A lake that users' files were added to: new sections appear, and nothing counts twice."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from comity import starter
from comity.brief import assemble
from comity.brief import yardstick as words
from comity.delivery import defence
from comity.lake import Dossier, Store

HEADER = (
    "Recipient,Supplier,Year of order, ,Number ordered, ,Weapon designation,Weapon description,"
    "Number delivered, ,Year(s) of delivery,status,Comments,SIPRI TIV per unit,"
    "SIPRI TIV for total order,SIPRI TIV of delivered weapons\n"
)


def register(folder: Path, generated: str, rows: list[tuple[str, str, int, float]]) -> Path:
    path = folder / f"{generated}.csv"
    lines = [
        f"{recipient},{supplier},{year},,1,,Thing,thing,1,,{year},New,,1,1,{tiv:g}\n"
        for recipient, supplier, year, tiv in rows
    ]
    path.write_text(f"Data generated: {generated}\n" + HEADER + "".join(lines), "utf-8")
    return path


OLD = [("India", "Russia", 2021, 60.0), ("India", "France", 2021, 40.0)]
NEW = [*OLD, ("India", "Russia", 2022, 30.0), ("India", "France", 2022, 70.0)]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_registers_are_not_added_up(grown, tmp_path, order):
    files = [
        register(tmp_path, "13 Mar 2025", OLD),
        register(tmp_path, "12 Feb 2026", NEW),
    ]
    store = grown(tmp_path / "lake", *[files[place] for place in order])
    dossier = Dossier(store, "IND", "RUS")
    bought = next(m for m in defence.arms_tiv(dossier) if m.origin == "RUS")
    assert bought.value == 90.0
    assert bought.source == "sipri-arms-transfers-20260212"
    share = next(m for m in defence.arms_share(dossier) if m.origin == "RUS")
    assert share.value == pytest.approx(0.45)


def test_a_register_serves_before_a_newer_table_of_one_supplier(grown, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text(
        "TIV of arms exports from Russia, 2022-2026\nGenerated: 1 March 2026\n\n"
        ",2022,2023,2024,2025,2026,Total\nIndia,30,1,1,1,1,34\n",
        "utf-8",
    )
    store = grown(tmp_path / "lake", table, register(tmp_path, "12 Feb 2026", NEW))
    share = next(m for m in defence.arms_share(Dossier(store, "IND", "RUS")) if m.origin == "RUS")
    assert share.value == pytest.approx(0.45)
    assert share.source == "sipri-arms-transfers-20260212"


@pytest.fixture(scope="module")
def armed(grown, shared_data, tmp_path_factory) -> Store:
    """Return a lake with both of SIPRI's registers, and the starter's distances."""
    files = [
        shared_data / "arms" / "sipri_register_2025_03" / "trade-register.csv.gz",
        shared_data / "arms" / "sipri_register_1995_2025" / "trade_register.csv.gz",
    ]
    proximity = Store(starter.path()).table("proximity").to_pyarrow().to_pandas()
    return grown(tmp_path_factory.mktemp("armed"), *files, proximity=proximity)


def test_with_a_register_the_defence_section_and_the_yardsticks_row_appear(armed):
    brief = assemble(armed, "IND", "RUS", draw=False)
    section = next(s for s in brief.sections if s.pillar == "defence")
    found = {m.indicator for m in section.measures}
    assert {"arms_tiv", "arms_share", "arms_export_share", "arms_supplier_hhi"} <= found
    share = next(
        m
        for m in section.measures
        if (m.indicator, m.origin, m.period) == ("arms_share", "RUS", "2020/2024")
    )
    # What SIPRI itself published of this window.
    assert round(share.value, 2) == 0.36
    assert share.source == "sipri-arms-transfers-20260212"
    assert "sipri-arms-transfers-20260212" in brief.sources
    made = words.section(armed, "IND", "RUS", draw=False, thorough=False)
    rows = [m for m in made.measures if m.indicator == "arms_tiv" and "history" not in m.flags]
    bought = next(m for m in rows if m.origin == "RUS")
    # Russia delivers India many times what is usual between countries of their size and distance.
    assert bought.intensity > 2
    assert bought.source == "sipri-arms-transfers-20260212"


def test_without_a_register_the_yardstick_has_no_row_of_arms(toy):
    assert "arms_tiv" not in {holding.what for holding in toy.holdings["ties"]}


def test_sources_of_the_lake_say_whose_they_are(armed):
    rows = pd.DataFrame(armed.sources.values()).set_index("id")
    mine = rows.loc["sipri-arms-transfers-20250313"]
    assert mine["publisher"] == "SIPRI"
    assert not mine["redistributable"]


EVENT = "Event ID\tEvent Date\tSource Sectors\tSource Country\tTarget Country\n"


def news(folder: Path, day: str, *acts: tuple[str, str, str]) -> Path:
    path = folder / f"{day}.tab"
    lines = [
        f"{number}\t{day}\t{sectors}\t{first}\t{second}\n"
        for number, (sectors, first, second) in enumerate(acts)
    ]
    path.write_text(EVENT + "".join(lines), "utf-8")
    return path


def test_events_say_who_is_reported_to_carry_it(grown, tmp_path):
    older = news(tmp_path, "2017-06-01", ("Business", "India", "Russia"))
    newer = news(
        tmp_path,
        "2018-06-01",
        ("Government", "India", "Russia"),
        ("Military", "Russia", "India"),
        ("Foreign Ministry", "Russia", "India"),
        ("Business", "Russia", "India"),
        ("NA", "India", "Russia"),
    )
    brief = assemble(grown(tmp_path / "lake", older, newer), "IND", "RUS", draw=False)
    section = next(s for s in brief.sections if s.pillar == "carriers")
    found = {(m.indicator, m.origin): m.value for m in section.measures}
    assert found["news_events", "IND"] == pytest.approx(4e5)
    assert found["news_events_government", "RUS"] == pytest.approx(4e5)
    assert ("news_events_business", "IND") not in found
    assert {m.source for m in section.measures} == {"icews-events-20180601"}
    said = next(note for note in section.notes if note.startswith("In the news of 2018"))
    assert "governments 75 %, firms 25 % and people and scholars 0 %" in said
    assert "icews-events-20180601" in brief.sources


def test_without_events_nothing_is_said_of_the_news(toy):
    brief = assemble(toy, "IND", "RUS", draw=False)
    section = next(s for s in brief.sections if s.pillar == "carriers")
    assert section.measures == ()
    assert not any("In the news" in note for note in section.notes)


def figures(store: Store) -> dict[tuple[str, ...], float | None]:
    """Return every figure of a brief by what it is about, and no thing twice."""
    brief = assemble(store, "IND", "RUS", draw=False)
    found: dict[tuple[str, ...], float | None] = {}
    for section in brief.sections:
        if section.pillar in ("logistics", "promises"):  # not the lake's
            continue
        for m in section.measures:
            key = (section.pillar, m.indicator, m.origin, m.destination, m.product, m.period)
            # What can be settled is said by every source, side by side; nothing else is said twice.
            assert key not in found or section.pillar in ("published", "settlement"), key
            found[key] = m.value
            found[(*key, "before")] = m.previous
    return found


def test_a_figure_under_two_sources_counts_once(toy, doubled):
    once, twice = figures(toy), figures(doubled)
    assert len(once) > 60
    assert twice == pytest.approx(once, nan_ok=True)


def test_a_flow_that_both_sides_report_counts_once(toy, both_reports):
    once, twice = figures(toy), figures(both_reports)
    more = {key for key in twice if key not in once}
    assert {key: twice[key] for key in once} == pytest.approx(once, nan_ok=True)
    # Only what is said of two reports comes in: how far they are apart.
    assert {key[1] for key in more} == {"mirror_asymmetry"}


PAIRS = '"ccode1","ccode2","year",'


@pytest.fixture(scope="module")
def bound(grown, tmp_path_factory):
    """Return a lake with alliances, organisations, disputes and embassies of a few states."""
    folder = tmp_path_factory.mktemp("bound")
    texts = {
        "allied": PAIRS + '"atop_defense","atop_offense","atop_neutral","atop_nonagg",'
        '"atop_consul"\n365,750,2017,0,0,0,1,1\n365,750,2018,0,0,0,1,1\n365,710,2016,0,0,0,1,1\n'
        "750,365,2018,0,0,0,1,1\n2,20,2018,1,0,0,0,0\n",
        "joined": PAIRS + '"dyadigos"\n365,750,2004,48\n365,750,2014,51\n',
        "fought": "dispnum,ccode1,ccode2,year,cowmidongoing,hostlev1,hostlev2\n"
        "1,750,710,1962,1,5,5\n1,710,750,1962,1,5,5\n2,750,710,1987,1,3,4\n2,710,750,1987,1,4,3\n",
        "sent": "ccode1,ccode2,year,DR_at_1,DR_at_2,DE\n365,750,2005,3,1,1\n",
    }
    files = []
    for name, text in texts.items():
        files.append(folder / f"{name}.csv")
        files[-1].write_text(text, "utf-8")
    return grown(folder / "lake", *files)


def bonds_of(store, a, b, year=None):
    brief = assemble(store, a, b, year, draw=False)
    wanted = ("alliance", "militarised_disputes", "joint_igos", "diplomatic_representation")
    found = [m for s in brief.sections for m in s.measures if m.indicator in wanted]
    assert {m.source for m in found} <= set(brief.sources)
    return {(m.indicator, m.origin): m for m in found}


def test_alliances_organisations_and_embassies_stand_with_their_years(bound):
    found = bonds_of(bound, "IND", "RUS")
    allied = found["alliance", "IND"]
    assert (allied.value, allied.period) == (2, "2018")
    assert allied.text == "non-aggression; consultation"
    joined = found["joint_igos", "IND"]
    assert (joined.value, joined.period, joined.previous) == (51, "2014", 48)
    assert found["diplomatic_representation", "IND"].text == "ambassador"
    assert found["diplomatic_representation", "RUS"].text == "chargé d'affaires"
    assert ("militarised_disputes", "IND") not in found


def test_disputes_over_all_years_and_an_alliance_that_ended_is_none(bound):
    found = bonds_of(bound, "IND", "CHN")
    fought = found["militarised_disputes", "IND"]
    assert (fought.value, fought.period) == (2, "1962/1987")
    assert "1987, came to: use of force" in fought.note
    # China's with Russia ended in 2016, and the set runs to 2018.
    assert ("alliance", "CHN") not in bonds_of(bound, "CHN", "RUS")


def test_ideal_points_of_two_releases_are_never_mixed(grown, tmp_path):
    path = tmp_path / "points.tab"
    rows = [(750, "IND", 0.25), (365, "RUS", -0.25), (2, "USA", 2.0), (710, "CHN", -1.0)]
    path.write_text(
        "ccode\tiso3c\tyear\tIdealPointFP\n"
        + "".join(f"{c}\t{i}\t{y}\t{v}\n" for c, i, v in rows for y in (2013, 2014, 2024)),
        "utf-8",
    )
    brief = assemble(grown(tmp_path / "lake", path), "IND", "RUS")
    section = next(s for s in brief.sections if s.pillar == "diplomacy")
    gap = next(
        m
        for m in section.measures
        if (m.indicator, m.destination) == ("ideal_point_distance", "RUS")
    )
    assert (gap.value, gap.period, gap.previous) == (0.5, "2024", 0.5)
    assert gap.source == "un-ideal-points-2024"
    chart = next(chart for chart in section.charts if chart.id == "ideal-points")
    assert chart.sources == ("un-ideal-points-2024",)
