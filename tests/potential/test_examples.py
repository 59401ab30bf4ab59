"""The examples in the kernels' docstrings."""

from __future__ import annotations

import doctest
from types import ModuleType

import pytest

from comity.potential import circulation, complexity, export_potential, tariffs
from comity.potential.equilibrium import caliendo_parro, one_sector

MODULES = [circulation, complexity, export_potential, tariffs, caliendo_parro, one_sector]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.split(".")[-1])
def test_examples(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
