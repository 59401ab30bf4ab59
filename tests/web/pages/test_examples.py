"""The examples in the descriptions of the pages' functions."""

from __future__ import annotations

import doctest

import pytest

from comity.brief import simulation
from comity.web.desk import forms
from comity.web.pages import frame, vintages, wanted, written


@pytest.mark.parametrize(
    "module", [forms, frame, simulation, vintages, wanted, written], ids=lambda m: m.__name__
)
def test_examples_hold(module):
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0
