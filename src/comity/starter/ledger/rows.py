"""What the two files of facts have in common: sources named in columns and in brackets, figures."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_DATE = re.compile(r"(?P<rest>.*?),? (?P<date>\d{4}(?:-\d{2}){0,2})$")
_MONTH = re.compile(r"(?P<rest>.*?),? (?P<month>[A-Z][a-z]{2}) (?P<year>\d{4})$")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_BRACKETS = re.compile(r"\(([^()]+)\)")
_DOMAIN = re.compile(r"^[a-z0-9-]+(\.[a-z0-9-]+)+(/\S+)?$")
_SLUG = re.compile(r"[^a-z0-9]+")
_FIGURE = re.compile(
    r"(?<!by )USD (?P<value>\d+(?:\.\d+)?)bn\+?(?: goods)?,? in "
    r"(?:India's )?(?P<period>FY\d{4}(?:-\d{2})?|\d{4})"
)

PAGES = {
    "Astana Times 2024-05-16": "https://astanatimes.com/2024/05/kazakhstan-china-pledge-to",
    "Astana Times 2024-11": "https://astanatimes.com/2024/11/kazakhstan-turkiye-to-boost",
    "Business Standard 2023-10": "https://business-standard.com/amp/economy/news/india-requests",
    "Devdiscourse 2025-08-29": "https://www.devdiscourse.com/article/business/3607971",
    "HT": "https://www.htsyndication.com/ht-lucknow/article/amethi",
    "Hindu BusinessLine": "https://thehindubusinessline.com/news/india-russia-to-set-up-study",
    "Hindustan Times 2025-12-06": "https://www.hindustantimes.com/india-news/india-and-russia-will",
    "Hindustan Times 2026-02-18": "https://www.hindustantimes.com/india-news/indias-merchandise",
    "IANS 2026-01-19": "https://ianslive.in/india-uae-target",
    "Indian Express 2019": "https://indianexpress.com/article/world/india-indonesia-set",
    "Iran International 2023-09": "https://d1y0ruayo3dv34.cloudfront.net/en/202309047447",
    "Jagran Josh 2020": "https://www.jagranjosh.com/current-affairs/commerce",
    "Middle East Monitor 2023-08-02": "https://www.middleeastmonitor.com/20230802",
    "Mint 2023": "https://www.livemint.com/news/india/india-russia-discuss-fta",
    "New Indian Express 2023-05-16": "https://www.newindianexpress.com/business/2023/may/16",
    "New Indian Express 2025-01-27": "https://www.newindianexpress.com/states/tamil-nadu/2025/Jan/27",
    "OpIndia": "https://www.opindia.com/news-updates/india-brazil",
    "Pattaya Mail 2020-10-23": "https://www.pattayamail.com/thailandnews/thai-russian",
    "PortNews 2024-11-26": "https://www.en.portnews.ru/news/370778/",
    "Sputnik 2013": "https://sputnikglobe.com/20130220",
    "Sputnik 2023": "https://sputnikglobe.com/20230614",
    "TASS": "http://tass.com/economy/1024669",
    "TASS 2018-10-05": "http://tass.com/economy/1024669",
    "TRT World 2022-03-30": "https://www.trtworld.com/article/12790649",
    "TRT World 2022-05-10": "https://www.trtworld.com:443/article/12788579",
    "Trend": "https://en.trend.az/business/transport/3727913.html",
    "VietnamPlus 2020-11-11": "https://en.vietnamplus.vn/pm-expects-vietnamrussia",
    "VnEconomy": "https://en.vneconomy.vn/vietnam-russia-target-10bln",
    "exbulletin": "https://exbulletin.com/politics/1325028/",
    "exbulletin.com/politics/2065537": "https://exbulletin.com/politics/2065537/",
    "galaxyclasses.co.in citing commerce data": "https://www.galaxyclasses.co.in/details?res_id=8631",
    "news.nbtc.finance": "https://news.nbtc.finance/90-of-direct",
    "newsmakers.pk": "https://newsmakers.pk/pakistan-committed",
    "politicalsciencesolution.com": "https://politicalsciencesolution.com/23rd-india-russia",
    "segodnia.ru": "https://segodnia.ru/news/292319",
    "segodnia.ru/news/292319": "https://segodnia.ru/news/292319",
    "tokenx5.com": "https://tokenx5.com/?p=151584",
    "turan.az 2024-02": "https://turan.az/en/politics/turkiye",
    "vietstock.vn 2020-12": "https://en.vietstock.vn/2020/12",
}
"""Brackets that name a page which is a row's own elsewhere in the facts: how its address begins."""

NOT_SOURCES = {
    "Indian data",
    "PTI",
    "Putin",
    "Putin, Dec 2025",
    "Swaraj",
    "Indian ambassador, 2015",
    "Tushil",
    "USD 30bn",
    "USD 40bn",
    "about USD 7bn quoted Dec 2009, 'USD 10bn' quoted Dec 2010",
    "2017 report",
    "same",
    "same source",
    "trade above USD 2bn",
    # names of the row's own page
    "DNA",
    "Rostec",
    "WION",
}
"""Brackets in the notes that name no further page."""


@dataclass(slots=True)
class Draft:
    """A promise on its way into the ledger, as plain rows that corrections may still change."""

    id: str
    promise: dict[str, Any]
    assessments: list[dict[str, Any]] = field(default_factory=list)


class Sources:
    """Every page named in the facts, once."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, str]] = {}
        self._by_url: dict[str, str] = {}

    def read(self, *paths: Path) -> None:
        """Keep the page of every row of the files, so that notes may name them."""
        for path in paths:
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    self.of_columns(row)

    def add(self, row: Mapping[str, str]) -> str:
        """Keep a source that has an id already, and return the id."""
        self.rows[row["id"]] = dict(row)
        return row["id"]

    def known(self, url: str) -> str:
        """Return the id of the page whose address begins so."""
        (found,) = {self._by_url[held] for held in self._by_url if held.startswith(url)}
        return found

    def of_columns(self, row: Mapping[str, str]) -> str:
        """Return the id of the page in a row's source columns."""
        title, note = row["source_title"], ""
        if title.endswith(" (report)"):
            title, note = title.removesuffix(" (report)"), "Our description; headline not seen."
        found = {
            "publisher": row["source_publisher"],
            "title": title,
            "date": row["source_date"],
            "url": row["source_url"],
            "note": note,
        }
        host = urlsplit(row["source_url"]).hostname or ""
        name = re.sub(r"^(www|en|m|archive)\.", "", host).rstrip(".") or slug(found["publisher"])
        return self._keep(f"{name}-{found['date'] or 'undated'}", found)

    def of_note(self, note: str) -> str:
        """Return the id of the first page that a note names in brackets, or ""."""
        for label in _BRACKETS.findall(note):
            if label not in NOT_SOURCES:
                return self._of_label(label)
        return ""

    def _of_label(self, label: str) -> str:
        if label in PAGES:
            return self.known(PAGES[label])
        publisher, date = label, ""
        if match := _DATE.match(label):
            publisher, date = match["rest"], match["date"]
        elif match := _MONTH.match(label):
            month = _MONTHS.index(match["month"]) + 1
            publisher, date = match["rest"], f"{match['year']}-{month:02d}"
        address = publisher.split(" ")[0]
        url = f"https://{address}" if _DOMAIN.match(address) and "/" in address else ""
        note = "Named in the evidence; the page's headline is not recorded."
        row = {"publisher": publisher, "title": "", "date": date, "url": url, "note": note}
        return self._keep(f"{slug(publisher)}-{date or 'undated'}", row)

    def _keep(self, id: str, row: dict[str, str]) -> str:  # noqa: A002
        """Keep the page under the id, or under one of its own where another page has it."""
        if row["url"] in self._by_url:
            return self._by_url[row["url"]]
        for name in (id, f"{id}-{_digest(row)}"):
            held = self.rows.setdefault(name, {"id": name, **row})
            if {**row, "id": name} == held:
                if row["url"]:
                    self._by_url[row["url"]] = name
                return name
        raise AssertionError(f"two sources are called {id}")


def figures(note: str) -> list[tuple[str, float]]:
    """Return the dollar figures of a note with their periods, the earliest first.

    Examples
    --------
    >>> figures("USD 26.2bn in FY2021-22 (Tribune); USD 30bn in 2023; USD 20 bn by 2030")
    [('FY2021-22', 26200000000.0), ('2023', 30000000000.0)]
    """
    found = []
    for match in _FIGURE.finditer(note):
        period = match["period"]
        if period.startswith("FY") and len(period) == 6:
            period = f"FY{int(period[2:]) - 1}-{period[4:]}"
        found.append((period, round(float(match["value"]) * 1e9, 2)))
    return sorted(found, key=lambda pair: pair[0].removeprefix("FY"))


def slug(text: str) -> str:
    """Return the text as an id: small letters and hyphens."""
    return _SLUG.sub("-", text.lower()).strip("-")


def _digest(row: Mapping[str, str]) -> str:
    return hashlib.sha256("\x1f".join(row.values()).encode()).hexdigest()[:6]
