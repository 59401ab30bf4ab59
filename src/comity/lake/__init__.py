"""The tables, their schema and their engine, and where each row comes from."""

from comity.lake.dossier import Dossier, Flow
from comity.lake.schema import GOODS_AND_SERVICES, TABLES, TOTAL, WORLD
from comity.lake.store import Store, write

__all__ = ["GOODS_AND_SERVICES", "TABLES", "TOTAL", "WORLD", "Dossier", "Flow", "Store", "write"]
