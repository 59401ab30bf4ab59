"""Countries, the names that people give them, and the codes that publishers give them."""

from comity.catalogue._codes import Area, area, from_code, schemes, to_iso3, unmapped
from comity.catalogue._places import Country, aliases, by_iso3, country, list_countries

__all__ = [
    "Area",
    "Country",
    "aliases",
    "area",
    "by_iso3",
    "country",
    "from_code",
    "list_countries",
    "schemes",
    "to_iso3",
    "unmapped",
]
