"""Run every benchmark: `python -m benchmarks`."""

from __future__ import annotations

import importlib
import pkgutil

import benchmarks

for module in pkgutil.iter_modules(benchmarks.__path__):
    benchmark = importlib.import_module(f"benchmarks.{module.name}")
    if module.name != "__main__" and hasattr(benchmark, "main"):
        print(f"\n== {module.name}")
        benchmark.main()
