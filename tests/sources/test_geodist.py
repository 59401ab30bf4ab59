"""CEPII GeoDist, in each of the publisher's packings."""

from __future__ import annotations

import io
import zipfile

import pandas as pd
import pytest

from comity.errors import InputFileError, UsageError
from comity.sources import geodist
from comity.sources.publisher import Request, take_sample

HEADER = (
    "iso_o;iso_d;contig;comlang_off;comlang_ethno;colony;comcol;curcol;col45;smctry;dist;distcap;"
    "distw;distwces\n"
)
ROWS = (
    "IND;IND;0;0;0;0;0;0;0;0;790;790;800;700\n"
    "IND;PAL;0;0;0;0;0;0;0;0;4000;4000;.;.\n"
    "IND;ROM;0;0;0;0;0;0;0;0;5000;5000;5001;5002\n"
    "ROM;YUG;1;0;0;0;0;0;0;0;400;450;410;405\n"
)


def read(path):
    found = geodist.recognise(take_sample(path))
    return geodist.read(path, found)["proximity"].set_index(["origin", "destination"])


def test_old_codes_and_missing_distances(written):
    pairs = read(written(HEADER + ROWS))
    assert pairs.index.to_list() == [("IND", "IND"), ("IND", "ROU"), ("ROU", "SCG")]
    assert bool(pairs.loc[("ROU", "SCG"), "contiguous"])
    assert pd.isna(pairs.loc[("IND", "IND"), "contiguous"])
    assert pairs.attrs["left_out"] == {"pairs without a distance weighted by population": 1}


def test_every_packing_of_cepii_is_the_same(shared_data, tmp_path, fits):
    folder = shared_data / "gravity/geodist"
    text = read(folder / "dist_cepii.csv.gz")
    assert len(text) + sum(text.attrs["left_out"].values()) == 224 * 224
    assert (
        text.loc[("IND", "RUS"), "distance_capitals_km"]
        == text.loc[("RUS", "IND"), "distance_capitals_km"]
    )
    assert bool(text.loc[("IND", "GBR"), "colonial_tie"])
    assert bool(text.loc[("IND", "CHN"), "contiguous"])
    found = geodist.recognise(take_sample(folder / "dist_cepii.zip"))
    tables = geodist.read(folder / "dist_cepii.zip", found)
    fits(tables, found)
    zipped = tables["proximity"].set_index(["origin", "destination"])
    pd.testing.assert_frame_equal(zipped, text)
    frame = pd.read_csv(folder / "dist_cepii.csv.gz", sep=";", na_values=".", keep_default_na=False)
    frame.to_stata(tmp_path / "dist", write_index=False, version=117)
    pd.testing.assert_frame_equal(read(tmp_path / "dist"), text)


def test_a_wrong_cell_is_found(written):
    path = written(HEADER + ROWS.replace("5002", "far"))
    with pytest.raises(InputFileError, match="line 4: 'far' in column 'distwces'"):
        read(path)


def test_a_damaged_archive(tmp_path, shared_data):
    whole = (shared_data / "gravity/geodist/dist_cepii.zip").read_bytes()
    path = tmp_path / "cut.zip"
    path.write_bytes(whole[:1_000_000])
    with pytest.raises(InputFileError, match="Download the file again"):
        geodist.recognise(take_sample(path))


def test_the_archive_is_asked_for(server, fetcher, tmp_path, monkeypatch):
    monkeypatch.setattr(geodist, "SITE", server.url)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("dist_cepii.xls", "")
    server.serve("/distance/dist_cepii.zip", made.getvalue())
    (path,) = geodist.fetch(fetcher, Request(), tmp_path)
    assert path.name == "dist_cepii.zip"
    with pytest.raises(UsageError, match="cannot be asked for by years"):
        geodist.fetch(fetcher, Request(years=(2019,)), tmp_path)
