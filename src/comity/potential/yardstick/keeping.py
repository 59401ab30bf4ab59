"""A fitted model as plain arrays, to be kept beside the lake, and back."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from comity.lake.kept import Arrays
from comity.potential.ppml import CrossSection
from comity.potential.ppml.newton import Certificate

Floats = NDArray[np.float64]


def pack(flow: Floats, countries: NDArray[np.int64], fit: CrossSection) -> Arrays:
    """Return a fit with the flows and the places of the countries that it is of."""
    return {
        "flow": flow,
        "countries": countries,
        "beta": fit.beta,
        "fitted": fit.fitted,
        "exporter_effect": fit.exporter_effect,
        "importer_effect": fit.importer_effect,
        "separated": fit.separated,
        "certificate": np.array(json.dumps(asdict(fit.certificate))),
    }


def unpack(kept: Arrays) -> CrossSection:
    """Return the fit from what `pack` made of it."""
    return CrossSection(
        beta=kept["beta"],
        fitted=kept["fitted"],
        exporter_effect=kept["exporter_effect"],
        importer_effect=kept["importer_effect"],
        certificate=Certificate(**json.loads(str(kept["certificate"]))),
        separated=kept["separated"],
    )
