"""Plain rows and kept totals say what the frames and tables say that they stand for."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from comity import starter
from comity.lake import Dossier, Flow, Store
from comity.lake.bases import BASES, one_basis, one_report
from comity.lake.totals import totals

FLOWS = st.builds(
    Flow,
    year=st.sampled_from([2022, 2023]),
    period=st.just("2023"),
    exporter=st.sampled_from(["IND", "RUS"]),
    importer=st.just("USA"),
    product=st.sampled_from(["01", "27"]),
    value_usd=st.floats(1, 9),
    valuation=st.just("fob"),
    basis=st.sampled_from(BASES),
    revision=st.just("HS22"),
    source=st.sampled_from(["s", "t"]),
)


@given(st.lists(FLOWS, min_size=1, max_size=12))
def test_one_report_keeps_what_one_basis_keeps(rows: list[Flow]) -> None:
    kept = one_basis(pd.DataFrame(rows)).itertuples(index=False, name=None)
    assert [tuple(row) for row in one_report(rows)] == list(kept)


def test_totals_are_the_rows_of_the_table() -> None:
    store = Store(starter.path())
    source, year = store.newest_totals or ("", 0)
    mine = totals(store, source, year).of(("IND", "RUS"))
    sold = mine[(mine["exporter"] == "IND") & (mine["importer"] == "RUS")]["value_usd"]
    (flow,) = (
        row
        for row in Dossier(store, "IND", "RUS").flows["IND", "RUS"]
        if (row.source, row.year, row.product) == (source, year, "TOTAL")
    )
    assert sold.to_list() == [flow.value_usd]
    assert len(mine) > 300
    assert (mine["exporter"] != mine["importer"]).all()
    assert "WLD" not in {*mine["exporter"], *mine["importer"]}
