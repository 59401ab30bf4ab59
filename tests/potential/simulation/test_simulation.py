"""Three tiers on a small lake worked by hand, and on the embedded data."""

from __future__ import annotations

import doctest
from dataclasses import replace
from math import exp

import numpy as np
import pandas as pd
import pytest

from comity import starter
from comity.errors import (
    ElasticityError,
    InputFileError,
    NegativeTariffError,
    NoDataError,
    UnknownNameError,
    UsageError,
)
from comity.lake import Store, write
from comity.potential.equilibrium import solve_one_sector
from comity.potential.simulation import (
    EMBARGO,
    Depth,
    Effect,
    Kind,
    Rate,
    Settings,
    Ways,
    read_effects,
    read_fraction,
    read_scenario,
    read_tariffs,
    read_world,
    scenario,
    simulate,
    simulate_products,
    simulate_world,
    tiers,
)
from comity.potential.simulation.effects import fit_effects, read_panel, write_effects

TRADE = {
    ("IND", "RUS"): 4.0,
    ("RUS", "IND"): 60.0,
    ("IND", "USA"): 76.0,
    ("USA", "IND"): 40.0,
    ("RUS", "USA"): 20.0,
    ("USA", "RUS"): 30.0,
}
GDP = {"IND": 3000.0, "RUS": 2000.0, "USA": 20000.0}
EFFECT = Effect(
    depth="any", b=0.2, error=0.05, observations=1, pairs=1, source="penppml-1964-2016", years=""
)


def frames() -> dict[str, pd.DataFrame]:
    base = {"valuation": "fob", "basis": "reconciled", "revision": "TOTAL", "period": "2023"}
    rows = [
        {"year": 2023, "exporter": i, "importer": j, "product": "TOTAL", "value_usd": v * 1e9,
         "source": "cepii-baci-202501", **base}
        for (i, j), v in TRADE.items()
    ]  # fmt: skip
    fiscal = {**base, "basis": "reported", "revision": "ITC-HS", "period": "FY2024-25"}
    for exporter, importer, parts in (
        ("RUS", "IND", {"27": 50.0, "31": 8.0}),
        ("WLD", "IND", {"27": 150.0, "31": 10.0}),
    ):
        rows += [
            {"year": 2024, "exporter": exporter, "importer": importer, "product": product,
             "value_usd": v * 1e9, "source": "dgcis-tradestat", **fiscal}
            for product, v in parts.items()
        ]  # fmt: skip
    facts = [("gdp", 2023, c, v * 1e9, "USD", "worldbank-wdi-gdp") for c, v in GDP.items()]
    facts += [
        ("tariff_weighted", 2019, "IND", 0.10, "share", "worldbank-wits"),
        ("tariff_weighted", 2018, "RUS", 0.05, "share", "worldbank-wits"),
    ]
    agreements = [
        ("India - US", "IND", "USA", 5.0, 2004, "penppml-1964-2016"),
        ("India - US", "USA", "IND", 5.0, 2004, "penppml-1964-2016"),
    ]
    names = (
        "cepii-baci-202501", "dgcis-tradestat", "worldbank-wdi-gdp", "worldbank-wits",
        "penppml-1964-2016",
    )  # fmt: skip
    return {
        "flows": pd.DataFrame(rows),
        "facts": pd.DataFrame(
            facts, columns=["indicator", "year", "country", "value", "unit", "source"]
        ),
        "agreements": pd.DataFrame(
            agreements,
            columns=["treaty", "origin", "destination", "depth", "in_force_from", "source"],
        ),
        "sources": pd.DataFrame(
            {
                "id": names,
                "publisher": "P",
                "title": "T",
                "licence": "invented",
                "citation": "C",
                "redistributable": True,
                # The panel whose estimates are kept with comity, so that nothing is refitted.
                "sha256": [
                    None if n != "penppml-1964-2016"
                    else Store(starter.path()).sources[n]["sha256"]
                    for n in names
                ],
            }
        ),
    }  # fmt: skip


@pytest.fixture(scope="module")
def toy(tmp_path_factory) -> Store:
    return write(tmp_path_factory.mktemp("lake"), frames(), built="2026-01-01")


@pytest.fixture(scope="module")
def real() -> Store:
    return Store(starter.path())


@pytest.fixture(scope="module")
def india_eaeu(real):
    return simulate(real, read_scenario("IND", "EAEU"))


# The matrix


def test_home_sales_are_output_less_exports(toy):
    world = read_world(toy, ratio=2.0)
    i = world.position("IND")
    assert world.flows[i, i] == pytest.approx((2 * 3000 - 80) * 1e9)
    assert world.flows[i, world.position("RUS")] == 4e9
    assert world.flows[world.position("RUS"), i] == 60e9
    assert world.floored == world.guessed == world.dated == ()


def test_home_shares_of_the_embedded_matrix_are_plausible(real):
    world = read_world(real)
    shares = pd.Series(world.home_shares, world.countries)
    assert shares.quantile(0.03) > 0.5
    assert shares.quantile(0.97) < 0.95
    # As in input-output tables: large countries sell over nine tenths of their output at home.
    assert shares[["USA", "CHN", "IND"]].min() > 0.9
    assert shares["BEL"] < shares["DEU"] < shares["USA"]
    assert len(world.countries) > 180


def test_output_per_gdp_is_that_of_input_output_tables(real, shared_data):
    path = shared_data / "trade_products" / "wiod_bilateral_2011"
    flows = pd.read_csv(path / "wiod_2011_bilateral_35sectors.csv.gz")
    output = flows.groupby("exporter")["total_musd"].sum() * 1e6
    facts = real.table("facts").to_pyarrow().to_pandas()
    gdp = facts[(facts["indicator"] == "gdp") & (facts["year"] == 2011)].set_index("country")
    both = pd.concat([output, gdp["value"]], axis=1, join="inner").to_numpy()
    assert both[:, 0].sum() / both[:, 1].sum() == pytest.approx(1.9, abs=0.05)


def test_a_country_that_imports_more_than_it_makes_is_left_out_unless_named(tmp_path):
    tables = frames()
    tables["facts"].loc[lambda f: f["country"] == "RUS", "value"] = 1e9
    store = write(tmp_path, tables, built="x")
    assert read_world(store).left_out == ("RUS",)
    assert "RUS" in read_world(store, keep=["RUS"]).countries
    assert "RUS" in read_world(store, keep=["RUS"]).floored


def test_no_trade_or_no_gdp(tmp_path):
    tables = frames()
    tables["flows"]["basis"] = "reported"
    with pytest.raises(NoDataError, match="reconciled"):
        read_world(write(tmp_path / "a", tables, built="x"))
    tables = frames()
    tables["facts"] = tables["facts"].iloc[3:]
    with pytest.raises(NoDataError, match="GDP"):
        read_world(write(tmp_path / "b", tables, built="x"))


# Tier 1


def test_tier_1_by_hand(toy):
    found = simulate_products(
        toy, read_scenario("IND", "RUS"), demand=-2.0, substitution=1.0, fuel_tariffs=True
    )
    rows = found.rows.set_index(["exporter", "importer", "product"])
    # Fertilisers from Russia: M = 8, R = 2, D = 1/1.1 - 1.
    price = 1 / 1.1 - 1
    line = rows.loc["RUS", "IND", "31"]
    assert line["creation"] == pytest.approx(8e9 * -2 * price)
    shift = -price
    assert line["diversion"] == pytest.approx(8e9 * 2e9 * shift / (10e9 + 8e9 * shift))
    assert line["imports_rest"] == 2e9
    # The way back is known in all alone; Russia's other imports are those from the United States.
    back = rows.loc["IND", "RUS", "TOTAL"]
    assert (back["imports"], back["imports_rest"]) == (4e9, 30e9)
    assert back["tariff_before"] == 0.05
    assert back["tariff_after"] == 0.0


def test_fuels_are_free_under_an_average_and_not_under_a_tariff_of_ones_own(toy):
    scenario = read_scenario("IND", "RUS")
    fuels = simulate_products(toy, scenario).rows.set_index("product").loc["27"]
    assert fuels["change"] == 0
    own = simulate_products(toy, scenario, tariffs=[Rate("27", "IND", "", 0.05, 2)])
    assert own.rows.set_index("product").loc["27", "creation"] > 0
    assert own.rows.set_index("product").loc["27", "tariff_source"] == "user"


def test_the_exporters_own_rate_goes_before_everybodys_and_finer_codes_are_averaged(toy):
    rates = [
        Rate("310210", "IND", "RUS", 0.04, 2),
        Rate("310220", "IND", "RUS", 0.06, 3),
        Rate("31", "IND", "", 0.5, 4),
        Rate("TOTAL", "RUS", "", 0.2, 5),
    ]
    rows = simulate_products(toy, read_scenario("IND", "RUS"), tariffs=rates).rows
    line = rows.set_index("product").loc["31"]
    assert line["tariff_before"] == pytest.approx(0.05)
    assert "mean of 2 rates" in line["flags"]
    assert rows.set_index("product").loc["TOTAL", "tariff_before"] == 0.2


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        ({"cut": 0.4}, 0.10, 0.06),
        ({"raise_": 0.05}, 0.10, 0.15),
        ({"withdraw": True}, 0.0, 0.10),
    ],
)
def test_tariffs_before_and_after(toy, change, before, after):
    rows = simulate_products(toy, read_scenario("RUS", "IND", **change)).rows
    line = rows.set_index("product").loc["31"]
    assert line["tariff_before"] == pytest.approx(before)
    assert line["tariff_after"] == pytest.approx(after)


def test_a_shock_has_no_tier_1(toy):
    found = simulate_products(toy, read_scenario("IND", "RUS", shock=0.2))
    assert found.rows.empty
    assert "no tariff" in found.absent


def test_elasticities_with_the_wrong_sign(toy):
    with pytest.raises(ElasticityError):
        simulate_products(toy, read_scenario("IND", "RUS"), demand=1.5)
    with pytest.raises(ElasticityError):
        simulate_products(toy, read_scenario("IND", "RUS"), substitution=-1.5)


# Tier 2


def test_kept_estimates_are_those_of_the_embedded_panel(real):
    kept = read_effects(real)
    source = kept["any"].source
    fitted = fit_effects(read_panel(real, source), source)
    assert set(kept) == set(fitted)
    for depth, effect in kept.items():
        assert effect.b == pytest.approx(fitted[depth].b, abs=1e-6)
        assert effect.error == pytest.approx(fitted[depth].error, abs=1e-6)
        assert effect.observations == fitted[depth].observations


@pytest.mark.filterwarnings("ignore")  # of pyfixest
def test_estimates_agree_with_pyfixest(real):
    pyfixest = pytest.importorskip("pyfixest")
    panel = read_panel(real)
    panel = panel[panel["year"] >= 2004]
    panel = panel.assign(
        pair=panel["exporter"] + panel["importer"],
        et=panel["exporter"] + panel["year"].astype(str),
        it=panel["importer"] + panel["year"].astype(str),
    )
    ours = fit_effects(panel, "x")["any"]
    theirs = pyfixest.fepois(
        "value_usd ~ any + scheme | et + it + pair", panel, vcov={"CRV1": "pair"}
    )
    assert ours.b == pytest.approx(theirs.coef()["any"], abs=1e-5)
    assert ours.error == pytest.approx(theirs.se()["any"], rel=1e-3)


def test_shallow_agreements_did_less_than_deeper_ones(real):
    effects = read_effects(real)
    assert effects["shallow"].b < effects["medium"].b
    low, high = effects["any"].interval
    assert 0 < low < effects["any"].change < high < 0.3
    text = write_effects(effects, "digest")
    assert text.splitlines()[0].startswith("depth,b,error")


def test_tier_2_on_the_pair(india_eaeu):
    rows = india_eaeu.partial.set_index(["exporter", "importer"])
    line = rows.loc["IND", "RUS"]
    assert line["value"] == pytest.approx(4.054e9, rel=1e-3)
    assert line["change"] == pytest.approx(line["value"] * (exp(india_eaeu.effect.b) - 1))
    assert line["low"] < line["change"] < line["high"]


# Tier 3


def test_tier_3_is_the_kernels_answer(toy):
    world = read_world(toy)
    found = simulate_world(world, read_scenario("IND", "RUS"), EFFECT, draws=10, theta=4.0)
    i, j = world.position("IND"), world.position("RUS")
    cost = np.ones((3, 3))
    cost[i, j] = cost[j, i] = exp(0.2)
    kernel = solve_one_sector(world.flows, cost, sigma=5.0)
    rows = found.countries.set_index("code")
    assert rows["welfare"].to_numpy() == pytest.approx(kernel.welfare - 1)
    pairs = found.pairs.set_index(["exporter", "importer"])
    assert pairs.loc["RUS", "IND"]["after"] == pytest.approx(kernel.trade[j, i])
    assert pairs.loc["RUS", "IND"]["before"] == 60e9


def test_one_way_touches_one_direction(toy):
    world = read_world(toy)
    there = simulate_world(
        world, read_scenario("IND", "RUS", ways=Ways.there), EFFECT, draws=0
    ).pairs
    assert list(zip(there["exporter"], there["importer"], strict=True)) == [("IND", "RUS")]
    back = simulate_world(world, read_scenario("IND", "RUS", ways=Ways.back), EFFECT, draws=0).pairs
    assert list(zip(back["exporter"], back["importer"], strict=True)) == [("RUS", "IND")]


def test_withdrawal_undoes_an_agreement(toy):
    world = read_world(toy)
    signed = simulate_world(world, read_scenario("IND", "RUS"), EFFECT, draws=0)
    ended = simulate_world(world, read_scenario("IND", "RUS", withdraw=True), EFFECT, draws=0)
    a, b = (x.countries.set_index("code").loc["IND", "welfare"] for x in (signed, ended))
    assert a > 0 > b


@pytest.mark.parametrize("deficits", ["multiplicative", "additive"])
def test_who_signs_gains_and_who_pays_more_loses(toy, deficits):
    world = read_world(toy)
    signed = simulate_world(
        world, read_scenario("IND", "RUS"), EFFECT, draws=0, deficits=deficits
    ).countries.set_index("code")["welfare"]
    assert signed["IND"] > 0
    assert signed["RUS"] > 0
    shocked = simulate_world(
        world, read_scenario("IND", "RUS", shock=0.25), None, draws=0, deficits=deficits
    ).countries.set_index("code")["welfare"]
    assert shocked["IND"] < 0
    assert shocked["RUS"] < 0


@pytest.mark.parametrize("deficits", ["multiplicative", "additive"])
def test_among_equals_the_third_loses_and_the_two_gain_alike(toy, deficits):
    equals = replace(read_world(toy), flows=np.full((3, 3), 10.0) + 70 * np.eye(3))
    rows = simulate_world(
        equals, read_scenario("IND", "RUS"), EFFECT, draws=0, deficits=deficits
    ).countries.set_index("code")["welfare"]
    assert rows["IND"] == pytest.approx(rows["RUS"])
    assert rows["USA"] < 0 < rows["IND"]


def test_an_embargo_ends_trade_and_costs_more_than_a_shock(toy):
    world = read_world(toy)
    embargo = simulate_world(world, read_scenario("IND", "RUS", shock=EMBARGO), None, draws=20)
    assert embargo.pairs["after"].max() < 1e-6
    shock = simulate_world(world, read_scenario("IND", "RUS", shock=0.1), None, draws=20)
    worse, less = (x.countries.set_index("code")["welfare"] for x in (embargo, shock))
    assert worse["RUS"] < less["RUS"] < 0


def test_bands_hold_the_estimate_and_are_the_same_each_time(toy):
    world = read_world(toy)
    once = simulate_world(world, read_scenario("IND", "RUS"), EFFECT, draws=300)
    again = simulate_world(world, read_scenario("IND", "RUS"), EFFECT, draws=300)
    pd.testing.assert_frame_equal(once.countries, again.countries)
    members = once.countries[once.countries["role"] != "third"]
    assert (members["low"] < members["welfare"]).all()
    assert (members["welfare"] < members["high"]).all()
    assert once.residual < 1e-9


@pytest.mark.parametrize("theta", [0.0, -1.0])
def test_an_elasticity_of_one(toy, theta):
    with pytest.raises(ElasticityError, match="above 1"):
        simulate(toy, read_scenario("IND", "RUS"), Settings(theta=theta))


# Together


def test_india_and_the_eaeu_in_proportion(india_eaeu):
    rows = india_eaeu.worldwide.countries.set_index("code")
    # Trade of 2 % of India's GDP, freed by an eighth, is worth far below 1 %.
    assert 0 < rows.loc["IND", "welfare"] < 0.002
    assert 0 < rows.loc["RUS", "welfare"] < 0.002
    third = rows[rows["role"] == "third"]
    weight = third["spending"] / third["spending"].sum()
    assert -1e-5 < (third["welfare"] * weight).sum() < 0
    assert third["welfare"].abs().max() < 1e-4
    assert (rows["welfare"] - rows["welfare_other"]).abs().max() < 1e-4
    sides = india_eaeu.worldwide.sides.set_index("seller")
    assert sides.loc["IND", "before"] == pytest.approx(4.797e9, rel=1e-3)
    assert sides.loc["EAEU", "before"] == pytest.approx(66.81e9, rel=1e-3)
    assert (sides["after"] / sides["before"] - 1).between(0.08, 0.16).all()
    assert set(india_eaeu.sources) >= {"cepii-baci-202501", "worldbank-wdi-gdp", "worldbank-wits"}


def test_the_sides_may_be_swapped(real, india_eaeu):
    other = simulate(real, read_scenario("EAEU", "IND"), Settings(draws=0))
    a = india_eaeu.worldwide.countries.set_index("code")["welfare"]
    b = other.worldwide.countries.set_index("code")["welfare"]
    pd.testing.assert_series_equal(a, b, atol=1e-9)


def test_smaller_output_makes_the_agreement_matter_more(real):
    small = simulate(real, read_scenario("IND", "RUS"), Settings(draws=0, output_ratio=1.0))
    large = simulate(real, read_scenario("IND", "RUS"), Settings(draws=0))
    of = [x.worldwide.countries.set_index("code").loc["IND", "welfare"] for x in (small, large)]
    assert 1.5 < of[0] / of[1] < 2.5


def test_pairs_that_have_an_agreement_stay(toy):
    with pytest.raises(UsageError, match="have an agreement already"):
        simulate(toy, read_scenario("IND", "USA"))
    ended = simulate(toy, read_scenario("IND", "USA", withdraw=True), Settings(draws=0))
    assert ended.worldwide.countries.set_index("code").loc["IND", "welfare"] < 0
    assert list(ended.already["treaty"].unique()) == ["India - US"]
    with pytest.raises(UsageError, match="no agreement in force"):
        simulate(toy, read_scenario("IND", "RUS", withdraw=True))


def test_a_partial_cut_is_tariffs_alone(toy):
    half = simulate(toy, read_scenario("IND", "RUS", cut=0.5), Settings(draws=0))
    whole = simulate(toy, read_scenario("IND", "RUS"), Settings(draws=0))
    assert half.effect is None
    assert half.worldwide.tariffs_alone is None
    assert whole.worldwide.tariffs_alone is not None
    direct = half.worldwide.pairs.set_index(["exporter", "importer"])["direct"]
    # India's tariff on Russia: 8 of 58 at 10 %, fuels free.
    rate = 0.1 * 8 / 58
    assert direct["RUS", "IND"] == pytest.approx(((1 + rate / 2) / (1 + rate)) ** -4 - 1)


def test_a_lake_without_agreements_can_still_raise_tariffs(tmp_path):
    tables = frames()
    del tables["agreements"]
    store = write(tmp_path, tables, built="x")
    found = simulate(store, read_scenario("IND", "RUS", raise_=0.1), Settings(draws=0))
    assert found.effects == {}
    with pytest.raises(NoDataError, match="no trade agreements"):
        simulate(store, read_scenario("IND", "RUS"), Settings(draws=0))


def test_depth_chooses_the_estimate(toy):
    deep = simulate(toy, read_scenario("IND", "RUS"), Settings(draws=0, depth=Depth.deep))
    assert deep.effect is not None
    assert deep.effect.depth == "deep"


# What is asked for


@pytest.mark.parametrize(
    ("text", "value"), [("10%", 0.1), ("0.1", 0.1), ("150 %", 1.5), ("2,5%", 0.025)]
)
def test_fractions(text, value):
    assert read_fraction(text, "--raise") == pytest.approx(value)


@pytest.mark.parametrize("text", ["much", "", "nan", "inf", "50"])
def test_no_fractions(text):
    with pytest.raises(UsageError):
        read_fraction(text, "--raise")


def test_sides_and_changes_that_make_no_sense():
    with pytest.raises(UnknownNameError, match="Atlantic Union"):
        read_scenario("IND", "Atlantic Union")
    with pytest.raises(UsageError, match="no two different"):
        read_scenario("RUS", "RUS")
    with pytest.raises(UsageError, match="More than one"):
        read_scenario("IND", "RUS", cut=0.5, raise_=0.1)
    for change in ({"raise_": -0.1}, {"cut": 1.5}, {"cut": 0.0}, {"shock": -0.2}):
        with pytest.raises(UsageError):
            read_scenario("IND", "RUS", **change)
    inside = read_scenario("IND", "BRICS")
    assert "IND" not in inside.b.members
    assert "both sides" in inside.notes[0]
    assert read_scenario("EAEU", "ASEAN").kind is Kind.agreement
    assert len(read_scenario("EAEU", "ASEAN").pairs) == 2 * 5 * len(
        read_scenario("EAEU", "ASEAN").b.members
    )


# Tariffs of one's own


def written(tmp_path, text):
    path = tmp_path / "tariffs.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_tariff_file(tmp_path):
    rates = read_tariffs(
        written(
            tmp_path,
            "Product,Importer,Exporter,Rate\n30,Russia,IND,5%\n3004.90,EAEU,,0.1\n3,IND,,0\n",
        )
    )
    assert Rate("30", "RUS", "IND", 0.05, 2) in rates
    assert {r.importer for r in rates if r.product == "300490"} == {
        "ARM", "BLR", "KAZ", "KGZ", "RUS",
    }  # fmt: skip
    assert Rate("03", "IND", "", 0.0, 4) in rates


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "lacks the column"),
        ("product,importer\n30,IND\n", "lacks the column rate"),
        ("product,importer,rate\n", "has no tariffs"),
        ("product,importer,rate\n30,IND,0.1\nABC,IND,0.1\n", "line 3: 'ABC'"),
        ("product,importer,rate\n77777777777,IND,0.1\n", "line 2: '77777777777'"),
        ("product,importer,rate\n00,IND,0.1\n", "line 2: '00'"),
        ("product,importer,rate\n30,Atlantis,0.1\n", "line 2: 'Atlantis' in column 'importer'"),
        ("product,importer,exporter,rate\n30,IND,XX9,0.1\n", "line 2: 'XX9' in column 'exporter'"),
        ("product,importer,rate\n30,IND,free\n", "line 2: 'free'"),
        ("product,importer,rate\n30,IND,60\n", "line 2: a tariff of 6000%"),
        ("product,importer,rate\n30,,0.1\n", "line 2: the importer is missing"),
        ("product,importer,rate\n30,IND,0.1,5\n", "line 2: more cells"),
        ("product,importer,rate\n30,IND,0.1\n30,India,0.2\n", "line 3: product 30"),
    ],
)
def test_bad_tariff_files(tmp_path, text, said):
    with pytest.raises(InputFileError) as error:
        read_tariffs(written(tmp_path, text))
    assert said in error.value.message


def test_a_negative_tariff_and_an_absent_file(tmp_path):
    with pytest.raises(NegativeTariffError, match="line 2"):
        read_tariffs(written(tmp_path, "product,importer,rate\n30,IND,-5%\n"))
    with pytest.raises(InputFileError, match="not there"):
        read_tariffs(tmp_path / "none.csv")
    (tmp_path / "latin.csv").write_bytes("product,importer,rate\n30,Türkiye,1\n".encode("latin-1"))
    with pytest.raises(InputFileError, match="cannot be read"):
        read_tariffs(tmp_path / "latin.csv")


def test_tariffs_of_somebody_else(toy):
    with pytest.raises(UsageError, match="None of the tariffs"):
        simulate(toy, read_scenario("IND", "RUS"), tariffs=[Rate("30", "USA", "", 0.1, 2)])


@pytest.mark.parametrize("module", [scenario, tiers], ids=["scenario", "tiers"])
def test_examples(module):
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
