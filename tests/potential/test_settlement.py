"""Settlement from a lake: by hand on a ring of three, and on the embedded data."""

from __future__ import annotations

import pandas as pd
import pytest

import comity
from comity.brief import settlement as section_of
from comity.errors import ArrayError, NoDataError, UnknownNameError, UsageError
from comity.lake import Dossier, Store, write
from comity.potential.circulation import net_bilaterally
from comity.potential.settlement import members, nettings_of, settlement


@pytest.fixture(scope="module")
def ring(tmp_path_factory) -> Store:
    """Return a lake: India sells Russia 10, Russia China 30, China India 20, Russia India 40."""
    rows = [
        {"year": year, "exporter": a, "importer": b, "product": "TOTAL", "value_usd": v * 1e6,
         "valuation": "fob", "basis": "reconciled", "revision": "TOTAL", "period": str(year),
         "source": "pairs"}
        for year, a, b, v in (
            (2023, "IND", "RUS", 10), (2023, "RUS", "CHN", 30), (2023, "CHN", "IND", 20),
            (2023, "RUS", "IND", 40), (2023, "IND", "CHN", 15), (2020, "IND", "RUS", 1),
            (2020, "RUS", "IND", 1),
        )
    ]  # fmt: skip
    said = {"id": "S", "claim": "96 percent in national currencies", "origin": "IND",
            "destination": "RUS", "indicator": "settlement_share", "period": "2023", "value": 0.96,
            "unit": "share", "said_by": "A president", "source": "page"}  # fmt: skip
    return write(
        tmp_path_factory.mktemp("ring"),
        {
            "flows": pd.DataFrame(rows),
            "statements": pd.DataFrame([said]),
            "sources": pd.DataFrame(
                {"id": ["pairs", "page"], "publisher": "P", "title": "T", "licence": "invented",
                 "citation": "C", "redistributable": True}
            ),
        },
        built="2026-01-01",
    )  # fmt: skip


@pytest.fixture(scope="module")
def starter() -> Store:
    return comity.open().store


def test_two_way_netting_by_hand(ring):
    (netting,) = nettings_of(Dossier(ring, "IND", "RUS"))
    assert (netting.exports, netting.imports, netting.remainder) == (10e6, 40e6, -30e6)
    assert netting.share == pytest.approx(20 / 50)
    assert netting.share == pytest.approx(float(net_bilaterally(10, 40).share))


def test_the_other_way_round_turns_the_sign_and_nothing_else(ring):
    there, back = settlement(ring, "IND", "RUS"), settlement(ring, "RUS", "IND")
    assert there.nettings[0].share == back.nettings[0].share
    assert there.nettings[0].remainder == -back.nettings[0].remainder
    assert there.holdings.holder.iso3 == back.holdings.holder.iso3 == "RUS"
    assert there.holdings.currency_of.iso3 == back.holdings.currency_of.iso3 == "IND"


def test_a_ring_by_hand(ring):
    group = settlement(ring, "IND", "RUS", group="CHN").group
    assert group is not None
    assert group.countries == ("CHN", "IND", "RUS")
    assert group.total == pytest.approx(115e6)
    # Pairs: IND-RUS 2 x 10, IND-CHN 2 x 15. Largest: Russia earns 10 and so pays 10, 5 to China
    # (which earns 15 + 5 and pays 20) and 5 to India: 10 + 5 + 5 + 15 + 20.
    assert group.circulation.bilateral_share == pytest.approx(50 / 115)
    assert group.circulation.netted == pytest.approx(55e6)
    assert group.circulation.netted == pytest.approx(group.circulation.flows.sum())


def test_the_group_is_named_by_blocs_and_countries(starter):
    assert members("EAEU, BRICS", "IND") >= ("ARE",)
    assert set(members("EAEU", "IND", "RUS")) == {"ARM", "BLR", "IND", "KAZ", "KGZ", "RUS"}
    with pytest.raises(UnknownNameError, match="country or bloc"):
        settlement(starter, "IND", "RUS", group="BRIXX")


def test_the_balance_by_hand(ring):
    held = settlement(
        ring, "IND", "RUS", invoicing=0.5, interest=0.1, depreciation=0.5, sinks=1e6, years=2
    ).holdings
    # Half of 40 - 10 comes in each year: 15, of which 1 is spent; 14 x 1.1 x 0.5 stays.
    assert held.path.balance.tolist() == pytest.approx([14e6, 14e6 * 1.1 * 0.5 + 15e6 - 1e6])


def test_what_was_said_stands_beside_it(ring):
    found = settlement(ring, "IND", "RUS")
    assert found.said["value"].tolist() == [0.96]
    assert found.sources == ("pairs", "page")
    assert any("96 percent" in sentence for sentence in section_of.sentences(found))


def test_an_old_period_gives_way(ring):
    assert [n.period for n in nettings_of(Dossier(ring, "IND", "RUS"))] == ["2023"]


def test_what_cannot_be(ring):
    with pytest.raises(NoDataError, match="both directions"):
        settlement(ring, "RUS", "CHN")
    with pytest.raises(UsageError, match="owes itself"):
        settlement(ring, "IND", "India")
    with pytest.raises(UsageError, match="one year at least"):
        settlement(ring, "IND", "RUS", years=0)
    with pytest.raises(ArrayError, match="above 1"):
        settlement(ring, "IND", "RUS", invoicing=90)
    with pytest.raises(ArrayError, match="takes all"):
        settlement(ring, "IND", "RUS", depreciation=1)
    with pytest.raises(ArrayError, match="negative"):
        settlement(ring, "IND", "RUS", sinks=-1)


def test_india_and_russia_in_the_embedded_data(starter):
    found = settlement(starter, "IND", "RUS", group="BRICS")
    shares = {n.period: n.share for n in found.nettings}
    assert shares["FY2024-25"] == pytest.approx(2 * 4.8813 / (4.8813 + 63.8114), abs=1e-4)
    assert shares["2023"] == pytest.approx(2 * 4.053982 / (4.053982 + 66.149330), abs=1e-5)
    assert found.said["value"].max() == 0.96
    assert found.group is not None
    assert len(found.group.countries) == 10
    assert found.group.circulation.share == pytest.approx(0.7389, abs=0.0005)
    assert found.group.circulation.bilateral_share == pytest.approx(0.6875, abs=0.0005)
    assert found.group.circulation.balance.sum() == pytest.approx(0, abs=1)


def test_the_section_reads_the_dossier_alone(starter):
    section = section_of.section(Dossier(starter, "IND", "RUS"))
    share = next(m for m in section.measures if m.indicator == "netting_share")
    assert (share.period, share.unit) == ("FY2025-26", "share")
    assert section.charts[0].title.startswith("15 % of two-way trade can net")
    rest = next(m for m in section.measures if m.indicator == "netting_remainder")
    assert (rest.origin, rest.destination) == ("RUS", "IND")


def test_the_section_without_trade_is_a_stated_gap(starter):
    section = section_of.section(Dossier(starter, "TUV", "AND"))
    assert not section.measures
    assert "not a zero" in section.absences[0].reason
