"""Readers of goods trade: invented files with every trap, and the publishers' own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from comity.errors import InputFileError
from comity.sources import cepii, oec, penppml, tradestat, tradestat_partners, usitc
from comity.sources.reading import numbers, read_table

Written = Callable[..., Path]


def value(frame: pd.DataFrame, exporter: str, importer: str, year: int, product: str) -> float:
    rows = frame[
        (frame["exporter"] == exporter)
        & (frame["importer"] == importer)
        & (frame["year"] == year)
        & (frame["product"] == product)
    ]
    assert len(rows) == 1
    return float(rows["value_usd"].iloc[0])


def test_baci_is_in_thousand_dollars(written: Written) -> None:
    path = written(
        "year,iso3_o,iso3_d,value_thousand_usd\n2023,NAM,IND,405.0239891875535\n2023,S19,RUS,1\n"
    )
    frame = cepii.read_baci_totals(path)
    assert list(frame["value_usd"]) == [405_024, 1000]
    assert list(frame["exporter"]) == ["NAM", "TWN"]
    assert set(frame["valuation"] + frame["basis"]) == {"fobreconciled"}


def test_baci_of_cepii(shared_data: Path) -> None:
    frame = cepii.read_baci_totals(
        shared_data / "trade/baci_2023_totals/baci_hs22_2023_bilateral_totals_long.csv.gz"
    )
    assert value(frame, "IND", "RUS", 2023, "TOTAL") == pytest.approx(4.054e9, rel=1e-3)
    assert value(frame, "RUS", "IND", 2023, "TOTAL") == pytest.approx(66.149e9, rel=1e-4)
    assert len(frame) == 25_398


def test_chapters_keep_their_zero_and_the_total_is_the_files(written: Written) -> None:
    document = {
        "meta": {"year": 2024, "direction": "import"},
        "countries": [
            {"iso3": "NAM", "importValue": 30, "products": [{"code": "01", "value": 30}]},
        ],
    }
    frame = oec.read_chapters(written(json.dumps(document), "imports.json"))
    assert list(frame["product"]) == ["TOTAL", "01"]
    assert set(frame["exporter"]) == {"WLD"}
    assert set(frame["importer"]) == {"NAM"}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"meta": {"year": 2024}}', "not json"])
def test_chapters_of_another_layout(written: Written, text: str) -> None:
    with pytest.raises(InputFileError, match=r"broken\.json"):
        oec.read_chapters(written(text, "broken.json"))


def test_sections_are_coded_and_added_up(written: Written) -> None:
    path = written(
        '\ufeff"Trade Value","Exporter Country ID","Exporter Country","Section ID","Section"\n'
        '5,"asind","India",1,"Animal Products"\n7,"asind","India",21,"Arts"\n'
        '9,"asxxb","Chinese Taipei",2,"Vegetables"\n'
    )
    frame = oec.read_sections(path, 2021)
    assert dict(zip(frame["exporter"] + frame["product"], frame["value_usd"], strict=True)) == {
        "INDS01": 5,
        "INDS21": 7,
        "INDTOTAL": 12,
        "TWNS02": 9,
        "TWNTOTAL": 9,
    }


def test_itpde_is_brought_back_to_current_dollars(written: Written) -> None:
    path = written(
        '"year","exporter","importer","exporter_iso3","importer_iso3","trade_usd"\n'
        '2000,"Albania","Afghanistan","ALB","AFG",264.655049361208\n'
        '2010,"India","India","IND","IND",1000\n'
    )
    frame = usitc.read_itpde(path)
    assert list(frame["value_usd"]) == [209, 1000]
    assert set(frame["product"]) == {"GS"}


def test_itpde_of_a_year_without_prices(written: Written) -> None:
    path = written("year,exporter_iso3,importer_iso3,trade_usd\n2019,IND,RUS,1\n")
    with pytest.raises(InputFileError, match="has the year 2019"):
        usitc.read_itpde(path)


def test_every_small_flow_of_itpde_becomes_whole_dollars(shared_data: Path) -> None:
    """The proof that the copy was divided by US consumer prices, and by nothing else."""
    path = shared_data / "trade/itpd_e_aggregated/itpd_e_aggregated_long.csv.gz"
    frame = read_table(path, ["year", "trade_usd"])
    dollars = numbers(frame, "trade_usd", path) * (
        frame["year"].astype(int).map(usitc._CPI) / usitc._CPI[2010]
    )
    small = dollars[dollars.between(1, 1e5)]
    off = (small - small.round()).abs()
    worst = off.groupby(frame["year"]).quantile(0.99)
    assert len(worst) == 17
    assert (worst < 1e-6).all()


def test_penppml_keeps_its_zeros_and_names_states_by_their_time(written: Written) -> None:
    path = written(
        '"exp","imp","time","export","agreement","ad_prov_14","cp_prov_23"\n'
        '"ROM","SVU","1988",0,"",0,0\n"SRB","ZAR","1996",5,"",0,0\n'
        '"SRB","BUN","2016",5,"",0,0\n"YEM","YDR","1988",2,"A  -  B",1,1\n'
        '"YEM","NAM","2016",3,"A - B",1,0\n"SRB","NAM","2008",3,"A - B",1,0\n'
    )
    flows = penppml.read_trade(path)
    named = list(flows["exporter"] + flows["importer"])
    assert named == ["ROUSUN", "SCGCOD", "YARYMD", "YEMNAM", "SRBNAM"]
    assert list(flows["value_usd"]) == [0, 5, 2, 3, 3]
    agreements = penppml.read_agreements(path).set_index("origin")
    assert set(agreements["treaty"]) == {"A - B"}
    assert agreements.loc["YAR", ["in_force_from", "in_force_to", "depth"]].to_list() == [
        1988, 1988, 2,
    ]  # fmt: skip
    assert pd.isna(agreements.loc["YEM", "in_force_to"])
    assert agreements.loc["SRB", "in_force_to"] == 2008


def test_penppml_of_the_package(shared_data: Path) -> None:
    path = shared_data / "trade/penppml/trade.csv.gz"
    flows = penppml.read_trade(path)
    assert value(flows, "IND", "RUS", 2016, "TOTAL") == pytest.approx(1.810e9, rel=1e-3)
    assert flows["value_usd"].eq(0).sum() > 100_000
    agreements = penppml.read_agreements(path)
    south_asia = agreements[
        (agreements["origin"] == "IND")
        & (agreements["destination"] == "BGD")
        & agreements["treaty"].str.startswith("South Asian Free Trade Agreement")
    ]
    assert south_asia["in_force_from"].to_list() == [2008]


PARTNER = {
    "country_commodity_data": {
        "Russia": {
            "import": {
                "total_fy2024_25": 3.1,
                "total_fy2025_26": 1.0,
                "chapters": [{"hs": "3", "name": "Fish", "fy2024_25": 3.07, "fy2025_26": None}],
            }
        }
    }
}


def test_india_imports_are_cif_by_fiscal_year(written: Written) -> None:
    frame = tradestat.read_partners(written(json.dumps(PARTNER), "partners.json"))
    assert set(frame["valuation"]) == {"cif"}
    assert set(frame["exporter"] + frame["importer"]) == {"RUSIND"}
    assert dict(zip(frame["period"] + " " + frame["product"], frame["value_usd"], strict=True)) == {
        "FY2024-25 TOTAL": 3_100_000,
        "FY2025-26 TOTAL": 1_000_000,
        "FY2024-25 03": 3_070_000,
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"country_commodity_data": {"Atlantis": {}}}',
        '{"country_commodity_data": 1}',
    ],
)
def test_partners_of_another_layout(written: Written, text: str) -> None:
    with pytest.raises(InputFileError, match=r"partners\.json is not a file of India's partners"):
        tradestat.read_partners(written(text, "partners.json"))


HEADER = (
    "S.No. | HSCode | 2024 - 2025 | %Share | 2025 - 2026 | %Share | %Growth | 1 | 01 | LIVE "
    "ANIMALS. | 12.37 | 0.0028 | {first} | 0.0045 | 59.17 | India's Total Export | 437,072.03 |  "
    "| {total} |  | 0.14"
)


def test_the_first_chapter_and_the_total_are_found_in_the_header(written: Written) -> None:
    columns = "flow,fy_start,hs_code,commodity,prev_year_usd_mn,cur_year_usd_mn,header\n"
    newer = HEADER.format(first="20.00", total="441,745.86")
    older = HEADER.format(first="19.70", total="437,704.58")
    path = written(
        f'{columns}exports,2025,02,MEAT,4159.5,1,"{newer}"\nexports,2024,02,MEAT,1,4159.0,"{older}"\n'
    )
    frame = tradestat.read_chapters(path)
    assert value(frame, "IND", "WLD", 2025, "01") == 20_000_000
    assert value(frame, "IND", "WLD", 2025, "TOTAL") == 441_745_860_000
    # The year stands in both tables; the newer one counts.
    assert value(frame, "IND", "WLD", 2024, "02") == 4_159_500_000
    assert value(frame, "IND", "WLD", 2024, "TOTAL") == 437_072_030_000


def test_a_table_without_a_total(written: Written) -> None:
    columns = "flow,fy_start,hs_code,commodity,prev_year_usd_mn,cur_year_usd_mn,header\n"
    with pytest.raises(InputFileError, match="no first chapter or no total"):
        tradestat.read_chapters(written(f"{columns}exports,2025,02,MEAT,1,2,nothing\n"))


def test_india_and_russia_in_the_data_bank(shared_data: Path) -> None:
    folder = shared_data / "trade_products/india_eidb_country_hs2"
    frame = tradestat.read_partners(folder / "country_commodity_breakdown_2026-07-18.json")
    millions = {
        ("RUS", "IND", 2024, "TOTAL"): 63_811,
        ("RUS", "IND", 2024, "27"): 56_873,
        ("IND", "RUS", 2024, "TOTAL"): 4_881,
        ("IND", "RUS", 2024, "84"): 1_137,
        ("IND", "RUS", 2024, "03"): 123,
        ("RUS", "IND", 2025, "31"): 3_118,
        ("IND", "RUS", 2025, "TOTAL"): 4_494,
    }
    for (exporter, importer, year, product), expected in millions.items():
        found = value(frame, exporter, importer, year, product)
        assert found == pytest.approx(expected * 1e6, abs=0.6e6)


def test_months_are_added_up_in_complete_years_only(written: Written) -> None:
    months = [f"2010-{month:02d}-01" for month in range(4, 13)]
    months += [f"2011-{month:02d}-01" for month in range(1, 6)]
    rows = "".join(
        f"{month},U S A,,2\n{month},SAUDI ARAB,1.5,\n{month},UNSPECIFIED,1,1\n" for month in months
    )
    frame = tradestat_partners.read_monthly(
        written(f"Date,Country,Import_Value,Export_Value\n{rows}")
    )
    assert set(frame["period"]) == {"FY2010-11"}
    assert value(frame, "IND", "USA", 2010, "TOTAL") == 24_000_000
    assert value(frame, "SAU", "IND", 2010, "TOTAL") == 18_000_000
    assert value(frame, "IND", "WLD", 2010, "TOTAL") == 36_000_000
    # No figure in any month is no figure, not zero.
    assert not ((frame["exporter"] == "USA") | (frame["importer"] == "SAU")).any()


def test_commodities_are_padded_and_the_last_line_is_the_total(written: Written) -> None:
    path = written(
        "COMMODITY,COUNTRY,UNIT,QUANTITY,VALUE(US$ million)\n"
        "CAF\xc9   ,RUSSIA      ,KGS,1,   2.50\nTEA,RUSSIA,KGS,1,1\nTEA,C AFRI REP,KGS,1,1\n"
        "Total,NA,NA,NA,4.6\n",
        encoding="latin-1",
    )
    frame = tradestat_partners.read_principal(path, 2017)
    assert value(frame, "IND", "RUS", 2017, "TOTAL") == 3_500_000
    assert value(frame, "IND", "CAF", 2017, "TOTAL") == 1_000_000
    assert value(frame, "IND", "WLD", 2017, "TOTAL") == 4_600_000


def test_a_partner_that_nobody_knows(written: Written) -> None:
    path = written("COMMODITY,COUNTRY,VALUE(US$ million)\nTEA,ATLANTIS,1\nTotal,NA,1\n")
    with pytest.raises(InputFileError, match="line 2: 'ATLANTIS' is no partner that comity knows"):
        tradestat_partners.read_principal(path, 2017)
