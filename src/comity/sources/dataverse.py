"""Files of a data set on Harvard Dataverse: found by name in its list, held to its checksum."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from comity.errors import FetchError
from comity.sources.fetching import Client

SERVER = "https://dataverse.harvard.edu/api"


def list_files(client: Client, dataset: str) -> list[dict[str, Any]]:
    """Return what Dataverse says of each file of a data set's latest version.

    Raises
    ------
    FetchError
        Dataverse refused, kept failing, or has no list.
    """
    listing = client.get_json(f"{SERVER}/datasets/:persistentId/", {"persistentId": dataset})
    try:
        return [entry["dataFile"] for entry in listing["data"]["latestVersion"]["files"]]
    except (KeyError, TypeError):
        raise FetchError(f"Harvard Dataverse has no list of files for {dataset}.") from None


def bring_newest(
    client: Client, dataset: str, wanted: re.Pattern[str], what: str, folder: Path
) -> Path:
    """Bring the file wanted to a folder: of several, the one that came in last.

    Raises
    ------
    FetchError
        Dataverse refused, kept failing, or has no such file; or the checksum is wrong.
    """
    files = [
        file for file in list_files(client, dataset) if wanted.search(str(file.get("filename", "")))
    ]
    if not files:
        raise FetchError(
            f"Harvard Dataverse lists no file of {what} in {dataset}.",
            f"Look at https://doi.org/{dataset.removeprefix('doi:')}, save the file and use "
            "'comity add FILE'.",
        )
    file = max(files, key=lambda file: (file.get("creationDate", ""), file["id"]))
    # A table that Dataverse has taken in is served as tabs; its checksum is that of the original.
    checksum = None if "originalFileFormat" in file else f"md5:{file['md5']}"
    target = folder / Path(str(file["filename"])).name
    expect = "zip" if target.suffix == ".zip" else "csv"
    url = f"{SERVER}/access/datafile/{file['id']}"
    return client.download(url, target, expect=expect, checksum=checksum)
