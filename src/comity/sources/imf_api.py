"""Asking the IMF's API: SDMX 2.1, which answers as CSV."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from comity import catalogue
from comity.errors import FetchError, UsageError
from comity.sources.fetching import Client
from comity.sources.parts import keep
from comity.sources.publisher import Request

SITE = "https://api.imf.org"

_DATA = "/external/sdmx/2.1/data"
_CSV = {"Accept": "application/vnd.sdmx.data+csv;version=1.0.0"}
_SECONDS = 0.6  # about ten calls in five seconds are allowed
# Data set -> agency, key with the places of countries and partners.
_KEYS = {
    "imts": ("IMF.STA", "IMTS", "{here}.XG_FOB_USD+MG_CIF_USD.{there}.A"),
    "dip": ("IMF.STA", "DIP", "{here}..INWD_D_NETLA_FALL_ALL.{there}.A"),
    "er": ("IMF.STA", "ER", "{here}.XDC_USD.PA_RT.A"),
    "weo": ("IMF.RES", "WEO", "{here}.NGDPD+LP+NGDP_RPCH.A"),
}
# ISO 3166 alpha-3 -> the IMF's own code.
_OWN = {"XKX": "KOS", "PSE": "WBG"}


def fetch(client: Client, request: Request, folder: Path) -> list[Path]:
    """Ask for a data set: the option ``dataset`` is imts (usual), dip, er or weo.

    With partners, both sides' reports are asked for; without, the countries' with all.

    Raises
    ------
    UsageError
        Another data set, or partners for a data set that has none.
    FetchError
        The IMF refused, or has nothing for that.
    """
    request.allow("The IMF", "years", "countries", "partners", options=("dataset",))
    name = request.options.get("dataset", "imts").lower()
    if name not in _KEYS:
        raise UsageError(f"dataset cannot be {name}.", f"Take one of {', '.join(_KEYS)}.")
    agency, flow, key = _KEYS[name]
    by_partner = "{there}" in key
    if request.partners and not by_partner:
        raise UsageError(f"The IMF's {flow} has no partners.", "Leave --partner out.")
    if by_partner and not request.countries:
        raise UsageError(
            f"The IMF's {flow} has to be asked for a country.",
            f"Name it: comity fetch imf --country IND --partner RUS --option dataset={name}.",
        )
    client.pauses.setdefault(urlsplit(SITE).hostname or "", _SECONDS)
    here, there = _codes(request.countries), _codes(request.partners)
    sides = [(here, there)]
    if by_partner:
        sides.append((there, here))
    return [
        _ask(client, f"{agency},{flow}", key.format(here=one, there=other), request, folder)
        for one, other in dict.fromkeys(sides)
    ]


def _codes(countries: tuple[str, ...]) -> str:
    """Return codes of three letters, joined: two letters get an answer without a row."""
    codes = [catalogue.country(text).iso3 for text in countries]
    return "+".join(_OWN.get(code, code) for code in codes)


def _ask(client: Client, flow: str, key: str, request: Request, folder: Path) -> Path:
    query = {}
    if request.years:
        query = {"startPeriod": min(request.years), "endPeriod": max(request.years)}
    span = "-".join(map(str, query.values())) or "all"
    path = folder / f"imf_{flow.partition(',')[2]}_{key[:100]}_{span}.csv"
    try:
        body = client.get_bytes(f"{SITE}{_DATA}/{flow}/{key}", query, _CSV)
    except FetchError as error:
        if error.status != 404:
            raise
        body = b""
    if body.count(b"\n") < 1 or not body.partition(b"\n")[2].strip():
        raise FetchError(
            f"The IMF has nothing for {flow} {key}.",
            "Look at the countries and years: not every country reports everything.",
        )
    if b"OBS_VALUE" not in body[:65_536]:
        raise FetchError(
            "The IMF sent something other than SDMX-CSV.",
            "Try again later; the publisher may have changed its service.",
        )
    return keep(path, body)
