"""The IMF's API: four data sets, both versions of SDMX-CSV, and answers without a row."""

from __future__ import annotations

import pytest

from comity.errors import FetchError, InputFileError, UsageError
from comity.sources import imf, imf_api
from comity.sources.publisher import Request, take_sample

from .server import Reply

IMTS = (
    "DATAFLOW,COUNTRY,INDICATOR,COUNTERPART_COUNTRY,FREQUENCY,TIME_PERIOD,OBS_VALUE,SCALE,STATUS\n"
    "IMF.STA:IMTS(1.0.0),IND,XG_FOB_USD,RUS,A,2022,3146950000.5,6,\n"
    "IMF.STA:IMTS(1.0.0),IND,MG_CIF_USD,RUS,A,2022,40593000000,6,\n"
    "IMF.STA:IMTS(1.0.0),IND,MG_FOB_USD,RUS,A,2022,38000000000,6,\n"
    "IMF.STA:IMTS(1.0.0),IND,XG_FOB_USD,G001,A,2022,452684000000,6,\n"
    "IMF.STA:IMTS(1.0.0),IND,XG_FOB_USD,G163,A,2022,1,6,\n"
    "IMF.STA:IMTS(1.0.0),IND,XG_FOB_USD,KOS,A,2022,5,6,\n"
    "IMF.STA:IMTS(1.0.0),IND,XG_FOB_USD,TWN,A,2022,NaN,6,\n"
    "IMF.STA:IMTS(1.0.0),IND,XG_FOB_USD,RUS,M,2022-M03,1,6,\n"
    "IMF.STA:IMTS(1.0.0),IND,TBG_USD,RUS,A,2022,-1,6,\n"
    "IMF.STA:IMTS(1.0.0),RUS,XG_FOB_USD,IND,A,2022,7,6,E\n"
    "IMF.STA:IMTS(1.0.0),IND,XG_FOB_USD,XYZ,A,2022,1,6,\n"
)
DIP = (
    "DATAFLOW,COUNTRY,DV_TYPE,INDICATOR,COUNTERPART_COUNTRY,FREQUENCY,TIME_PERIOD,OBS_VALUE\n"
    "IMF.STA:DIP(12.0.1),IND,O,INWD_D_NETLA_FALL_ALL,RUS,A,2022,100\n"
    "IMF.STA:DIP(12.0.1),IND,SCC,INWD_D_NETLA_FALL_ALL,RUS,A,2022,150\n"
    "IMF.STA:DIP(12.0.1),RUS,SCC,OUTWD_D_NETAL_FALL_ALL,IND,A,2022,101\n"
    "IMF.STA:DIP(12.0.1),RUS,O,OUTWD_D_NETAL_FALL_ALL,IND,A,2022,151\n"
    "IMF.STA:DIP(12.0.1),IND,O,INWD_D_NETLA_FALL_ALL,CYP,A,2022,-5\n"
    "IMF.STA:DIP(12.0.1),IND,O,INWD_D_NETLA_FALL_ALL,SGP,A,2022,\n"
    "IMF.STA:DIP(12.0.1),IND,O,INWD_D_F5_FALL_ALL,RUS,A,2022,3\n"
)
WEO = (
    "DATAFLOW,COUNTRY,INDICATOR,FREQUENCY,TIME_PERIOD,OBS_VALUE,LATEST_ACTUAL_ANNUAL_DATA\n"
    "IMF.RES:WEO(9.0.0),RUS,NGDPD,A,2023,2071000000000,2023\n"
    "IMF.RES:WEO(9.0.0),RUS,NGDPD,A,2024,2161000000000,2023\n"
    "IMF.RES:WEO(9.0.0),IND,NGDP_RPCH,A,2024,6.5,FY2024/25\n"
    "IMF.RES:WEO(9.0.0),IND,NGDP_RPCH,A,2025,6.4,FY2024/25\n"
    "IMF.RES:WEO(9.0.0),IND,LP,A,2030,1500000000,\n"
    "IMF.RES:WEO(9.0.0),G001,NGDP_RPCH,A,2025,3.2,\n"
    "IMF.RES:WEO(9.0.0),IND,PCPIPCH,A,2025,4,\n"
)
ER = (
    "DATAFLOW,COUNTRY,INDICATOR,TYPE_OF_TRANSFORMATION,FREQUENCY,TIME_PERIOD,OBS_VALUE\n"
    "IMF.STA:ER(4.0.1),RUS,XDC_USD,PA_RT,A,2022,68.48\n"
    "IMF.STA:ER(4.0.1),RUS,XDC_USD,EOP_RT,A,2022,70.3\n"
    "IMF.STA:ER(4.0.1),RUS,USD_XDC,PA_RT,A,2022,0.0146\n"
    "IMF.STA:ER(4.0.1),IND,XDC_USD,PA_RT,M,2022-M01,74\n"
)


def read(path):
    found = imf.recognise(take_sample(path))
    ((_, table),) = imf.read(path, found).items()
    return table


@pytest.mark.parametrize(
    ("text", "source", "table"),
    [
        (IMTS, "imf-imts", "flows"),
        (DIP, "imf-dip", "ties"),
        (WEO, "imf-weo", "facts"),
        (ER, "imf-er", "facts"),
    ],
)
@pytest.mark.parametrize("version", [1, 2])
def test_each_data_set_enters_a_lake(written, fits, text, source, table, version):
    if version == 2:  # SDMX-CSV 2.0
        lines = text.splitlines()
        header = "STRUCTURE,STRUCTURE_ID,ACTION," + lines[0].removeprefix("DATAFLOW,")
        rows = [
            f"dataflow,{flow},I,{rest}" for flow, rest in (line.split(",", 1) for line in lines[1:])
        ]
        text = "\n".join([header, *rows]) + "\n"
    path = written(text, "download")
    found = imf.recognise(take_sample(path))
    assert (found.source, found.catalogue) == (source, source)
    tables = imf.read(path, found)
    assert list(tables) == [table]
    fits(tables, found)


def test_trade_is_in_full_dollars_and_of_both_ends(written):
    flows = read(written(IMTS))
    assert {
        f"{r.exporter}{r.importer} {r.basis} {r.valuation}": r.value_usd for r in flows.itertuples()
    } == {
        "INDRUS reported fob": 3_146_950_000.5,
        "RUSIND mirror cif": 40_593_000_000,
        "INDWLD reported fob": 452_684_000_000,
        "INDXKX reported fob": 5,
    }
    assert flows.attrs["left_out"] == {
        "confidential or missing values": 1,
        "monthly and quarterly figures": 1,
        "estimates of the IMF's, which are nobody's report": 1,
        "trade balances and other indicators": 1,
        "groups of countries": 1,
        "the unknown code 'XYZ'": 1,
        "imports f.o.b. that stand there c.i.f., too": 1,
    }


def test_investment_stands_as_each_side_reports_it(written):
    ties = read(written(DIP))
    assert {(r.indicator, r.origin, r.destination, r.year): r.value for r in ties.itertuples()} == {
        ("fdi_position", "RUS", "IND", 2022): 100,
        ("fdi_position_by_investor", "RUS", "IND", 2022): 151,
    }
    assert ties.attrs["left_out"]["confidential or missing values"] == 1
    assert any("negative" in words for words in ties.attrs["left_out"])


def test_what_is_derived_fills_what_nobody_gave(written):
    lines = DIP.splitlines()
    ties = read(written("\n".join([lines[0], lines[2]]) + "\n"))
    assert ties[["indicator", "origin", "destination", "value"]].to_numpy().tolist() == [
        ["fdi_position_by_investor", "RUS", "IND", 150]
    ]


def test_projections_are_called_so(written):
    facts = read(written(WEO))
    assert {(r.indicator, r.country, r.year): r.value for r in facts.itertuples()} == {
        ("gdp", "RUS", 2023): 2_071_000_000_000,
        ("gdp_projection", "RUS", 2024): 2_161_000_000_000,
        ("gdp_growth", "IND", 2024): pytest.approx(0.065),
        ("gdp_growth_projection", "IND", 2025): pytest.approx(0.064),
        ("population_projection", "IND", 2030): 1_500_000_000,
        ("gdp_growth_projection", "WLD", 2025): pytest.approx(0.032),
    }


def test_rates_are_means_of_the_year(written):
    facts = read(written(ER))
    assert facts[["indicator", "country", "year", "value"]].to_numpy().tolist() == [
        ["exchange_rate", "RUS", 2022, 68.48]
    ]


def test_a_dated_outlook_is_a_source_of_its_own(written):
    text = WEO.replace("WEO(9.0.0)", "WEO_2025_OCT_VINTAGE(1.0.0)")
    found = imf.recognise(take_sample(written(text)))
    assert (found.source, found.catalogue) == ("imf-weo-2025-oct", "imf-weo")
    assert read(written(text))["source"].unique().tolist() == ["imf-weo-2025-oct"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (IMTS.replace("40593000000", "much"), "line 3: 'much' in column 'OBS_VALUE'"),
        (WEO.replace("2071000000000", "2071"), "line 2: NGDPD of RUS is 2071: .* billions"),
        (IMTS + ER.splitlines()[1] + ",,\n", r"line 13: 'IMF.STA:ER\(4.0.1\)' is another data set"),
        (IMTS.replace(",A,", ",Q,"), "no annual figure"),
        (IMTS.replace("COUNTERPART_COUNTRY", "PARTNER"), "lacks the column COUNTERPART_COUNTRY"),
    ],
)
def test_what_cannot_be_read(written, text, words):
    with pytest.raises(InputFileError, match=words):
        read(written(text))


@pytest.mark.parametrize("text", [IMTS.replace("IMTS", "BOP"), IMTS.replace("OBS_VALUE", "VALUE")])
def test_other_data_sets_are_not_claimed(written, text):
    assert imf.recognise(take_sample(written(text))) is None


@pytest.fixture
def api(server, monkeypatch):
    monkeypatch.setattr(imf_api, "SITE", server.url)
    return server


def test_both_sides_are_asked_for_in_codes_of_three_letters(api, fetcher, tmp_path):
    path = "/external/sdmx/2.1/data/IMF.STA,IMTS/{}.XG_FOB_USD+MG_CIF_USD.{}.A"
    api.serve(path.format("IND+KOS", "RUS"), Reply(b"", 503, {"Retry-After": "1"}), IMTS)
    api.serve(path.format("RUS", "IND+KOS"), IMTS)
    request = Request(years=(2019, 2022), countries=("in", "Kosovo"), partners=("Russia",))
    paths = imf.fetch(fetcher, request, tmp_path)
    assert len(paths) == 2
    assert imf.recognise(take_sample(paths[0])).layout == "IMTS"
    first = api.asked[0]
    assert first.query == {"startPeriod": "2019", "endPeriod": "2022"}
    assert first.headers["accept"] == "application/vnd.sdmx.data+csv;version=1.0.0"


@pytest.mark.parametrize(
    ("name", "path", "text"),
    [
        ("dip", "IMF.STA,DIP/IND..INWD_D_NETLA_FALL_ALL..A", DIP),
        ("er", "IMF.STA,ER/IND.XDC_USD.PA_RT.A", ER),
        ("weo", "IMF.RES,WEO/IND.NGDPD+LP+NGDP_RPCH.A", WEO),
    ],
)
def test_keys_of_the_data_sets(api, fetcher, tmp_path, name, path, text):
    api.serve(f"/external/sdmx/2.1/data/{path}", text)
    api.serve("/external/sdmx/2.1/data/IMF.STA,DIP/..INWD_D_NETLA_FALL_ALL.IND.A", text)
    paths = imf.fetch(fetcher, Request(countries=("IND",), options={"dataset": name}), tmp_path)
    assert {imf.recognise(take_sample(one)).layout for one in paths} == {name.upper()}


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(b"", 204), "has nothing for"),
        (Reply(IMTS.splitlines()[0].encode() + b"\n"), "has nothing for"),
        (Reply(b"no results", 404), "has nothing for"),
        (Reply(b"<xml/>\n<more/>\n"), "other than SDMX-CSV"),
        (Reply(b"denied", 403), "answered 403"),
    ],
)
def test_answers_without_a_row(api, fetcher, tmp_path, reply, words):
    api.serve("/external/sdmx/2.1/data/IMF.STA,ER/IND.XDC_USD.PA_RT.A", reply)
    with pytest.raises(FetchError, match=words):
        imf.fetch(fetcher, Request(countries=("IND",), options={"dataset": "er"}), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "request_",
    [
        Request(),
        Request(countries=("IND",), options={"dataset": "bop"}),
        Request(countries=("IND",), partners=("RUS",), options={"dataset": "er"}),
        Request(countries=("IND",), products=("27",)),
    ],
)
def test_what_it_cannot_be_asked_for(api, fetcher, tmp_path, request_):
    with pytest.raises(UsageError):
        imf.fetch(fetcher, request_, tmp_path)
    assert api.asked == []
