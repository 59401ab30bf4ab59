"""What a country can make: the kernel's figures, by product and by country."""

from __future__ import annotations

import numpy as np
import pytest

from comity.brief.reports import report
from comity.brief.reports.complexity import complexity
from comity.errors import NoDataError
from comity.lake import Store
from comity.potential import complexity as kernel
from comity.potential.world import world_of
from comity.starter import path


@pytest.fixture(scope="module")
def store():
    return Store(path())


def rows(found, sheet):
    (one,) = (s for s in found.sheets if s.id == sheet)
    keys = [key for key, _, _ in one.columns]
    return [dict(zip(keys, row, strict=True)) for row in one.rows]


def test_every_figure_is_the_kernels(store):
    world = world_of(store)
    advantage = kernel.rca(world.exports)
    present = kernel.presence(advantage)
    near = kernel.density(present)
    eci, pci = kernel.eci_pci(present)
    found = complexity(store, "India")
    place = world.countries.index("IND")
    listed = rows(found, "products")
    assert {row["product"] for row in listed} == set(world.products)
    for row in listed:
        k = world.products.index(row["product"])
        assert row["exports"] == world.exports[place, k]
        assert row["rca"] == pytest.approx(advantage[place, k])
        assert row["present"] == present[place, k]
        assert row["density"] == pytest.approx(near[place, k])
        assert row["pci"] == pytest.approx(pci[k])
    assert found.facts["eci"] == pytest.approx(eci[place])
    assert found.facts["diversity"] == sum(row["present"] for row in listed)


def test_countries_are_ranked_and_a_countrys_place_is_said(store):
    found = complexity(store, "DEU")
    listed = rows(found, "countries")
    assert [row["rank"] for row in listed] == list(range(1, len(listed) + 1))
    values = [row["eci"] for row in listed]
    assert values == sorted(values, reverse=True)
    assert np.mean(values) == pytest.approx(0.0, abs=1e-9)
    (mine,) = (row for row in listed if row["country"] == "DEU")
    assert mine["rank"] == found.facts["rank"]
    assert f"of {len(listed)} countries" in found.findings[0]


def test_every_source_is_named_and_it_goes_into_every_form(store):
    found = complexity(store, "RUS")
    assert set(found.sources) == {world_of(store).source}
    assert "Made with" not in report.to_html(found)
    assert report.to_csv(found).startswith("product,label,exports,rca,")
    assert report.to_xlsx(found)[:2] == b"PK"


def test_a_country_that_the_table_lacks_is_a_sentence(store):
    with pytest.raises(NoDataError, match="Tuvalu"):
        complexity(store, "Tuvalu")
