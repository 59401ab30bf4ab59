"""The vocabulary: countries, read by code, docs and pages alike."""

from comity.catalogue import countries
from comity.catalogue.countries import Country, country, from_code, list_countries, to_iso3

__all__ = ["Country", "countries", "country", "from_code", "list_countries", "to_iso3"]
