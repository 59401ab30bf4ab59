"""SIPRI's files: both layouts of the register, TIV tables, and what is wrong with damaged ones."""

from __future__ import annotations

import base64
import gzip
import json

import pytest

from comity.errors import FetchError, InputFileError, UsageError
from comity.sources import sipri
from comity.sources.fetching import Client
from comity.sources.publisher import Request, take_sample
from comity.sources.registry import recognise

from .server import Reply

CLASSIC = (
    "Recipient,Supplier,Year of order, ,Number ordered, ,Weapon designation,Weapon description,"
    "Number delivered, ,Year(s) of delivery,status,Comments,SIPRI TIV per unit,"
    "SIPRI TIV for total order,SIPRI TIV of delivered weapons"
)
NEW = (
    "SIPRI AT Database ID,Supplier,Recipient,Designation,Description,Armament category,Order date,"
    "Order date is estimate,Numbers delivered,Numbers delivered is estimate,Delivery year,"
    "Delivery year is estimate,Status,SIPRI estimate,TIV deal unit,TIV delivery values,"
    "Local production;"
)
PROSE = "Transfers of major conventional arms\nA '?' in a column indicates uncertain data.\n"


def classic(*rows: str) -> str:
    return PROSE + "\n".join([CLASSIC, *rows]) + "\n"


def new(*rows: str) -> str:
    return PROSE + "\n".join([NEW, *rows]) + "\n"


def written(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "register.csv"
    path.write_bytes(text.encode(encoding))
    return path


def values(ties, indicator):
    rows = ties[ties["indicator"] == indicator]
    return {
        (row.origin, row.destination, row.year): row.value for row in rows.itertuples(index=False)
    }


def test_classic_register_splits_an_order_over_its_years_and_says_so(tmp_path):
    path = written(
        tmp_path,
        classic(
            "India,Russia,2018,?,350,?,48N6,SAM,210,?,2021; 2022; 2023,New,"
            "Part of S-400 systems,1.1,385,231",
            "India,Russia,2020,,156,,BMP-2,IFV,156,,2022,New,produced under licence in India,1,9,9",
            "India,Russia,2023,,10,,Thing,thing,0,,,New,Selected,2,20,0",
        ),
    )
    ties = sipri.read_ties(path)
    assert values(ties, "arms_tiv") == {
        ("RUS", "IND", 2021): 77.0,
        ("RUS", "IND", 2022): 86.0,
        ("RUS", "IND", 2023): 77.0,
    }
    assert values(ties, "arms_tiv_licensed") == {("RUS", "IND", 2022): 9.0}
    assert values(ties, "arms_orders")["RUS", "IND", 2023] == 1
    assert values(ties, "arms_orders_licensed") == {("RUS", "IND", 2020): 1.0}
    split = ties[(ties["indicator"] == "arms_tiv") & (ties["year"] == 2021)]
    assert split["text"].iloc[0] == sipri.SPLIT


def test_new_register_has_a_row_a_year(tmp_path):
    start = "1,Russia,India,R-77,missile,Missiles,2019,No,100,Yes"
    path = written(
        tmp_path,
        new(
            f"{start},2020,Yes,New,0.4,0.4,40,No;",
            f"{start},2021,Yes,New,0.4,0.4,80,No;",
            "2,Russia,India,T-90,tank,Armoured vehicles,2019,No,5,No,2021,No,New,4,4,20,Yes;",
            "3,India,Russia,A,radar,Sensors,2019,No,5,No,2021,No,New,4,4,7,No;",
        ),
    )
    ties = sipri.read_ties(path)
    assert values(ties, "arms_tiv") == {
        ("RUS", "IND", 2020): 40.0,
        ("RUS", "IND", 2021): 100.0,
        ("IND", "RUS", 2021): 7.0,
    }
    assert values(ties, "arms_tiv_licensed") == {("RUS", "IND", 2021): 20.0}
    assert values(ties, "arms_orders") == {("RUS", "IND", 2019): 2.0, ("IND", "RUS", 2019): 1.0}
    assert ties.loc[ties["indicator"] == "arms_tiv", "text"].isna().all()


def test_a_comment_with_a_line_break_is_put_together(tmp_path):
    path = written(
        tmp_path,
        classic(
            "India,Russia,2020,,1,,Thing,thing,1,,2022,New,First line",
            "second line,5,5,5",
            "India,France,2020,,1,,Thing,thing,1,,2022,New,,5,5,6",
        ),
    )
    assert values(sipri.read_ties(path), "arms_tiv") == {
        ("RUS", "IND", 2022): 5.0,
        ("FRA", "IND", 2022): 6.0,
    }


def test_armed_groups_count_in_the_whole_alone(tmp_path):
    path = written(
        tmp_path,
        classic(
            "Hamas (Palestine)*,Russia,2020,,1,,Thing,thing,1,,2022,New,,5,5,5",
            "India,Russia,2020,,1,,Thing,thing,1,,2022,New,,5,5,15",
            "India,unknown supplier(s),2020,,1,,Thing,thing,1,,2022,New,,5,5,1",
        ),
    )
    ties = sipri.read_ties(path)
    assert values(ties, "arms_tiv") == {("RUS", "IND", 2022): 15.0}
    assert values(ties, "arms_tiv_all") == {
        ("RUS", "WLD", 2022): 20.0,
        ("WLD", "IND", 2022): 16.0,
    }


def test_gzip_latin_1_and_the_soviet_union(tmp_path):
    row = "Türkiye,Soviet Union,1980,,1,,Bü-181,aircraft,1,,1981,New,,5,5,5"
    path = tmp_path / "register.csv.gz"
    path.write_bytes(gzip.compress(classic(row).encode("latin-1")))
    assert values(sipri.read_ties(path), "arms_tiv") == {("SUN", "TUR", 1981): 5.0}


def test_table_of_one_supplier_has_the_whole_of_its_side_alone(tmp_path):
    path = written(
        tmp_path,
        '"TIV of arms exports from Russia, 2019-2020",,,\n,,,\n,2019,2020,Total\n'
        "India,10,20,30\nChina,5,,5\n,,,\nTotal,15,20,35\n",
    )
    ties = sipri.read_ties(path)
    assert values(ties, "arms_tiv")["RUS", "IND", 2020] == 20
    assert ("RUS", "CHN", 2020) not in values(ties, "arms_tiv")
    assert values(ties, "arms_tiv_all") == {("RUS", "WLD", 2019): 15.0, ("RUS", "WLD", 2020): 20.0}


def test_table_of_one_recipient_turns_the_direction(tmp_path):
    path = written(
        tmp_path,
        '"TIV of arms imports to India, 2019-2020",,,\n,2019,2020,Total\nRussia,10,20,30\n',
    )
    assert values(sipri.read_ties(path), "arms_tiv")["RUS", "IND", 2019] == 10


GOOD = "India,Russia,2020,,1,,Thing,thing,1,,2022,New,,5,5,5"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "no line among the first 60"),
        (classic(), "no orders"),
        (classic(GOOD, "India,Russia,2020"), "line 5: 3 cells"),
        (classic(GOOD.replace(",5,5,5", ",5,5,much")), "line 4: 'much'"),
        (classic(GOOD.replace(",5,5,5", ",5,5,-5")), "line 4: '-5'"),
        (classic(GOOD.replace("2022", "22")), "line 4: '22' in column 'Year(s) of delivery'"),
        (classic(GOOD.replace("India", "Atlantis")), "line 4: 'Atlantis' in column 'Recipient'"),
        (classic("India,Russia,2020,,1,,Thing,thing,1,,2022,New,First line"), "breaks off"),
        (new("1,Russia,India,R-77"), "line 4: 4 cells"),
        (new("1,Russia,India,R,m,M,2019,No,1,No,2020,No,New,1,1,40,Maybe;"), "'Maybe'"),
        (PROSE + "SIPRI AT Database ID,Supplier,Recipient;\n", "lacks the column"),
        (",2019,2020,Total\nIndia,1,2,3\n", "does not say whose table"),
        (
            '"TIV of arms exports from Russia, 2019-2020",,,\n,2019,2020,Total\nIndia,10,20,30\n'
            "Total,99,20,35\n",
            "the total of 2019 is 99",
        ),
        ("supplier,recipient,year,value\nRussia,India\n", "line 2"),
    ],
)
def test_damaged_files_are_named_with_their_line(tmp_path, text, said):
    with pytest.raises(InputFileError, match=r"register\.csv") as error:
        sipri.read_ties(written(tmp_path, text))
    assert said in error.value.message


def test_absent_and_broken_gzip(tmp_path):
    with pytest.raises(InputFileError, match="not there"):
        sipri.read_ties(tmp_path / "none.csv")
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(gzip.compress(classic(GOOD).encode())[:40])
    with pytest.raises(InputFileError, match="cannot be read"):
        sipri.read_ties(path)


def share(ties, first, last, side="destination", country="IND", partner="RUS"):
    other = "origin" if side == "destination" else "destination"
    rows = ties[(ties[side] == country) & ties["year"].between(first, last)]
    pair = rows[(rows["indicator"] == "arms_tiv") & (rows[other] == partner)]["value"].sum()
    return pair / rows[rows["indicator"] == "arms_tiv_all"]["value"].sum()


# What SIPRI itself published of these windows (statements CL-031 to CL-037 of the starter).
PUBLISHED = {(2010, 2014): 0.72, (2015, 2019): 0.55, (2020, 2024): 0.36, (2019, 2023): 0.36,
             (2014, 2018): 0.58}  # fmt: skip


def test_new_register_gives_the_shares_that_sipri_published(shared_data):
    path = shared_data.joinpath("arms", "sipri_register_1995_2025", "trade_register.csv.gz")
    ties = sipri.read_ties(path)
    for (first, last), said in PUBLISHED.items():
        assert round(share(ties, first, last), 2) == said
    # India takes 38 % of Russia's deliveries (CL-038).
    assert share(ties, 2020, 2024, "origin", "RUS", "IND") == pytest.approx(0.38, abs=0.006)


def test_classic_register_comes_near_for_all_that_it_does_not_say(shared_data):
    path = shared_data.joinpath("arms", "sipri_register_2025_03", "trade-register.csv.gz")
    ties = sipri.read_ties(path)
    for (first, last), said in PUBLISHED.items():
        assert share(ties, first, last) == pytest.approx(said, abs=0.03)
    # Sums over a long span do not depend on how orders are split.
    other = sipri.read_ties(
        shared_data.joinpath("arms", "sipri_register_1995_2025", "trade_register.csv.gz")
    )
    assert share(ties, 1995, 2023) == pytest.approx(share(other, 1995, 2023), abs=0.01)


@pytest.mark.parametrize("name", ["TIV-Export-RUS-1950-2021.csv", "sipri-exports-processed.csv.gz"])
def test_tables_give_2019(shared_data, name):
    ties = sipri.read_ties(shared_data.joinpath("arms", "sipri_tiv", name))
    assert values(ties, "arms_tiv")["RUS", "IND", 2019] == 1562


def test_soviet_table(shared_data):
    path = shared_data.joinpath("arms", "sipri_tiv", "TIV-Export-USR-1950-2021.csv")
    ties = sipri.read_ties(path)
    assert set(ties.loc[ties["indicator"] == "arms_tiv", "origin"]) == {"SUN"}


def known(tmp_path, text):
    return sipri.recognise(take_sample(written(tmp_path, text)))


def test_a_register_is_known_by_its_header_and_dated_by_its_prose(tmp_path):
    dated = "Data generated: 13 Mar 2025 10:02:49 AM\n"
    found = known(tmp_path, dated + CLASSIC + "\n" + GOOD + "\n")
    assert (found.layout, found.version) == ("classic", "2025-03-13")
    assert found.source == "sipri-arms-transfers-20250313"
    undated = known(tmp_path, new("1"))
    assert (undated.layout, undated.version) == ("new", None)
    assert undated.source == "sipri-arms-transfers"
    assert known(tmp_path, "Data generated: 99 Foo 2025\n" + CLASSIC + "\n").version is None


def test_tables_of_two_countries_are_two_sources(tmp_path):
    table = '"TIV of arms exports from {}, 2019-2020",,,\n,2019,2020,Total\n'
    russia = known(tmp_path, table.format("Russia"))
    assert russia.source == "sipri-arms-transfers-tiv-russia"
    assert russia.what.endswith("TIV of arms exports from Russia")
    assert known(tmp_path, table.format("Soviet Union")).source.endswith("soviet-union")


@pytest.mark.parametrize(
    "text", [",2019,2020,Total\nIndia,1,2,3\n", "Recipient,Supplier\nIndia,Russia\n", "nothing\n"]
)
def test_what_is_not_sipris_is_left_alone(tmp_path, text):
    assert known(tmp_path, text) is None


def test_read_names_the_source_that_was_found(tmp_path):
    path = written(tmp_path, "Data generated: 1 May 2026\n" + classic(GOOD))
    found = sipri.recognise(take_sample(path))
    rows = sipri.read(path, found)["ties"]
    assert set(rows["source"]) == {"sipri-arms-transfers-20260501"}


@pytest.fixture
def client():
    with Client(timeout=5, pause=0, attempts=3, sleep=lambda _: None) as made:
        yield made


def answer(text):
    return json.dumps({"bytes": base64.b64encode(text.encode()).decode()})


def test_the_register_is_fetched_as_the_page_asks(server, client, tmp_path, monkeypatch):
    good = answer("\ufeff" + classic(GOOD))
    url = server.serve("/register/", Reply(b"", 500), Reply(b"", 429, {"Retry-After": "0"}), good)
    monkeypatch.setattr(sipri, "API", url)
    (path,) = sipri.fetch(client, Request(years=(1995, 2025)), tmp_path)
    assert path.name == "sipri-trade-register-1995-2025.csv"
    publisher, found = recognise(path)
    assert (publisher.id, found.layout) == ("sipri", "classic")
    assert len(publisher.read(path, found)["ties"])
    assert sipri.fetch(client, Request(years=(1995, 2025)), tmp_path) == [path]
    assert len(server.asked) == 3


class Page:
    """Stands for a client, and keeps what was asked."""

    def get_json(self, url, *, form):
        self.form = form
        return json.loads(answer(classic(GOOD)))


def test_all_parties_of_the_years_are_asked_for(tmp_path):
    page = Page()
    sipri.fetch(page, Request(years=(1995, 1996)), tmp_path)
    years, every = page.form["filters"]
    assert (years["field"], years["value1"], years["value2"]) == ("Delivery year", 1995, 1996)
    assert every["field"] == "opendeals"
    assert page.form["logic"] == "AND"


@pytest.mark.parametrize(
    "reply", ["{}", "[]", '{"bytes": 5}', '{"bytes": "no base64!"}', answer("a,b\n1,2\n")]
)
def test_what_is_no_register_is_not_kept(server, client, tmp_path, monkeypatch, reply):
    monkeypatch.setattr(sipri, "API", server.serve("/register/", reply))
    with pytest.raises(FetchError, match="other than the trade register") as error:
        sipri.fetch(client, Request(), tmp_path)
    assert "armstransfers.sipri.org" in error.value.hint
    assert list(tmp_path.iterdir()) == []


def test_countries_are_not_asked_for(client, tmp_path):
    with pytest.raises(UsageError, match="gives all countries"):
        sipri.fetch(client, Request(countries=("IND",)), tmp_path)
