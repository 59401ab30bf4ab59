"""The Advanced Guide to Trade Policy Analysis, chapter 1: published figures from published data.

Yotov, Piermartini, Monteiro & Larch (2016), "An Advanced Guide to Trade Policy Analysis", WTO and
UNCTAD, tables 1 and 3, to the four digits of the R replication by Vargas Sepulveda (`tradepolicy`).
"""

from __future__ import annotations

import bz2
import struct
import warnings

import numpy as np
import pandas as pd
import pytest

import comity.potential.ppml as ppml

EFFECTS = " | exporter^year + importer^year"
CLUSTER = {"CRV1": "pair_id"}

# formula, {name: (coefficient, standard error)}, rows
PUBLISHED = {
    "PPML": (
        "trade ~ log(dist) + cntg + lang + clny" + EFFECTS,
        False,
        {
            "log(dist)": (-0.8409, 0.0317),
            "cntg": (0.4374, 0.0832),
            "lang": (0.2475, 0.0765),
            "clny": (-0.2225, 0.1162),
        },
        28_152,
    ),
    "RTA, PPML": (
        "trade ~ log(dist) + cntg + lang + clny + rta" + EFFECTS,
        False,
        {
            "log(dist)": (-0.822, 0.031),
            "cntg": (0.416, 0.083),
            "lang": (0.250, 0.077),
            "clny": (-0.205, 0.114),
            "rta": (0.191, 0.066),
        },
        28_152,
    ),
    "RTA, with domestic trade": (
        "trade ~ log(dist) + cntg + lang + clny + rta" + EFFECTS + " + border",
        True,
        {
            "log(dist)": (-0.8003, 0.0303),
            "cntg": (0.3932, 0.0789),
            "lang": (0.2437, 0.0771),
            "clny": (-0.1822, 0.1134),
            "rta": (0.4085, 0.0688),
        },
        28_566,
    ),
    "RTA, pair effects": (
        "trade ~ rta" + EFFECTS + " + pair_id_2",
        True,
        {"rta": (0.5572, 0.1022)},
        28_482,
    ),
    "RTA, lead": (
        "trade ~ rta + rta_lead4" + EFFECTS + " + pair_id_2",
        True,
        {"rta": (0.5200, 0.0859), "rta_lead4": (0.0774, 0.0921)},
        28_482,
    ),
    "RTA, lags": (
        "trade ~ rta + rta_lag4 + rta_lag8 + rta_lag12" + EFFECTS + " + pair_id_2",
        True,
        {
            "rta": (0.2914, 0.0892),
            "rta_lag4": (0.4135, 0.0672),
            "rta_lag8": (0.1687, 0.0431),
            "rta_lag12": (0.1189, 0.0301),
        },
        28_482,
    ),
    "RTA, globalization": (
        "trade ~ rta + rta_lag4 + rta_lag8 + rta_lag12 + border_1986 + border_1990 + border_1994"
        " + border_1998 + border_2002" + EFFECTS + " + pair_id_2",
        True,
        {
            "rta": (0.1157, 0.0867),
            "rta_lag4": (0.2877, 0.0617),
            "rta_lag8": (0.0693, 0.0482),
            "rta_lag12": (0.0024, 0.0291),
            "border_1986": (-0.7056, 0.0478),
            "border_1990": (-0.4803, 0.0429),
            "border_1994": (-0.3665, 0.0335),
            "border_1998": (-0.1581, 0.0233),
            "border_2002": (-0.1409, 0.0169),
        },
        28_482,
    ),
    "Distance puzzle": (
        "trade ~ d1986 + d1990 + d1994 + d1998 + d2002 + d2006 + cntg + lang + clny" + EFFECTS,
        False,
        {
            "d1986": (-0.8593, 0.0370),
            "d1990": (-0.8341, 0.0377),
            "d1994": (-0.8348, 0.0351),
            "d1998": (-0.8469, 0.0354),
            "d2002": (-0.8484, 0.0316),
            "d2006": (-0.8356, 0.0312),
            "cntg": (0.4372, 0.0832),
            "lang": (0.2475, 0.0765),
            "clny": (-0.2223, 0.1163),
        },
        28_152,
    ),
}


def read_rda(path) -> pd.DataFrame:
    """Read the one data frame of an R workspace in the XDR format of versions 2 and 3."""
    data = bz2.decompress(path.read_bytes())
    at = 7 + 12
    symbols: list = []

    def integer() -> int:
        nonlocal at
        at += 4
        return struct.unpack_from(">i", data, at - 4)[0]

    def item():
        nonlocal at
        flags = integer()
        kind, has_attributes, has_tag = flags & 255, flags & 512, flags & 1024
        if kind == 254:
            return None
        if kind == 255:
            return symbols[(flags >> 8) - 1]
        if kind == 1:
            symbols.append(item())
            return symbols[-1]
        if kind == 2:
            if has_attributes:
                item()
            tag = item() if has_tag else None
            return [(tag, item()), *(item() or [])]
        if kind == 9:
            length = integer()
            if length < 0:
                return None
            at += length
            return data[at - length : at].decode("latin1")
        length = integer()
        if kind in (10, 13, 14):
            code = ">f8" if kind == 14 else ">i4"
            values = np.frombuffer(data, code, length, at).astype(float)
            at += values.size * int(code[2])
        else:
            assert kind in (16, 19)
            values = [item() for _ in range(length)]
        return (values, dict(item())) if has_attributes else values

    ((_, (columns, attributes)),) = item()
    return pd.DataFrame(
        {
            name: np.asarray(c[0] if isinstance(c, tuple) else c)
            for name, c in zip(attributes["names"], columns, strict=True)
        }
    )


@pytest.fixture(scope="module")
def guide(shared_data) -> pd.DataFrame:
    table = read_rda(shared_data / "replication" / "agtpa" / "agtpa_applications.rda")
    table = table[table.year.isin(range(1986, 2007, 4))].reset_index(drop=True)
    table["year"] = table["year"].astype(int)
    abroad = table.exporter != table.importer
    table["pair_id_2"] = table.pair_id.where(abroad, 0)
    table["border"] = table.exporter.where(~abroad, "inter")
    for year in range(1986, 2007, 4):
        table[f"border_{year}"] = (abroad & (table.year == year)).astype(float)
        table[f"d{year}"] = np.log(table.dist) * (table.year == year)
    return table


@pytest.mark.parametrize("name", PUBLISHED)
def test_published(guide, name):
    formula, domestic, figures, rows = PUBLISHED[name]
    table = guide if domestic else guide[guide.exporter != guide.importer]
    fit = ppml.fepois(formula, table, vcov=CLUSTER)
    assert fit.n_used == rows
    # The replication counts clusters, G / (G - 1), but not coefficients and effects.
    k = fit.beta.size + sum(fit.effect_levels.values()) - (len(fit.effect_levels) - 1)
    factor = (rows - 1) / (rows - k)
    for covariate, (coefficient, error) in figures.items():
        digits = 5e-4 if name in ("RTA, PPML",) else 5e-5
        assert fit.coef()[covariate] == pytest.approx(coefficient, abs=1.02 * digits)
        assert fit.se()[covariate] / factor**0.5 == pytest.approx(error, abs=1.02 * digits)


@pytest.mark.parametrize("name", ["RTA, PPML", "RTA, globalization"])
def test_published_data_in_the_peer(guide, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyfixest = pytest.importorskip("pyfixest")
        formula, domestic, _, _ = PUBLISHED[name]
        table = guide if domestic else guide[guide.exporter != guide.importer]
        peer = pyfixest.fepois(
            formula, table.copy(), vcov=CLUSTER, iwls_tol=1e-13, iwls_maxiter=100,
            demeaner=pyfixest.MapDemeaner(fixef_tol=1e-11, fixef_maxiter=200_000),
        )  # fmt: skip
    ours = ppml.fepois(formula, table, vcov=CLUSTER)
    np.testing.assert_allclose(ours.coef(), peer.coef(), rtol=0, atol=1e-8)
    np.testing.assert_allclose(ours.se(), peer.se(), rtol=1e-6)
