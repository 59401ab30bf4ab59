"""Small invented releases of BACI, in the publisher's exact layout."""

from __future__ import annotations

import zipfile
from pathlib import Path

NEW = "country_code,country_name,country_iso2,country_iso3"
OLD = (
    '"country_code","country_name_abbreviation","country_name_full",'
    '"iso_2digit_alpha","iso_3digit_alpha"'
)
INDIA, RUSSIA, USA, TAIWAN, FRANCE = 699, 643, 842, 490, 251

# i, j, k, v, q: as CEPII sorts them, quantities padded, NA among them.
ROWS = (
    (FRANCE, INDIA, "10121", "1.500", "       13.235"),
    (FRANCE, INDIA, "300490", "20.000", "           NA"),
    (TAIWAN, RUSSIA, "854231", "7.000", "        0.010"),
    (RUSSIA, INDIA, "270900", "66000.000", "   123456.789"),
    (RUSSIA, INDIA, "270112", "149.125", "     1000.000"),
    (INDIA, RUSSIA, "300490", "4054.001", "        9.000"),
    (INDIA, USA, "300490", "100.000", "        1.000"),
    (INDIA, 899, "300490", "3.000", "        1.000"),
)


def year_text(year: int, rows=ROWS, quote: str = "") -> str:
    head = ",".join(f"{quote}{name}{quote}" for name in "tijkvq")
    lines = [
        f"{year},{i},{j},{k},{v},{quote}{q}{quote}"
        for i, j, k, v, q in sorted(rows, key=lambda row: (row[0], row[1], int(row[2])))
    ]
    return "\n".join([head, *lines]) + "\n"


def release(
    path: Path, years=(2022, 2023), rows=ROWS, *, old: bool = False, version: str = "202501"
) -> Path:
    """Write an archive as CEPII packs it; `old` for the countries' layout up to 202201."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for year in years:
            archive.writestr(f"BACI_HS22_Y{year}_V{version}.csv", year_text(year, rows))
        if old:
            text = (
                OLD + '\n251,"France","France, Monaco","FR","FRA"\n792,"T\xfcrkiye",,"TR","TUR"\n'
            )
            archive.writestr(f"country_codes_V{version}.csv", text.encode("latin-1"))
        else:
            text = NEW + '\n251,France,FR,FRA\n792,T\xfcrkiye,TR,TUR\n998,"Isles, the",XX,XXX\n'
            archive.writestr(f"country_codes_V{version}.csv", text.encode())
        archive.writestr(f"product_codes_HS22_V{version}.csv", "code,description\n010121,Horses\n")
        archive.writestr("Readme.txt", "Invented.\n")
    return path
