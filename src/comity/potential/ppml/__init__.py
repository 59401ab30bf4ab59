"""Poisson pseudo-maximum likelihood for gravity, on the pair-by-year tensor."""

from comity.potential.ppml.newton import Certificate, Tolerance
from comity.potential.ppml.regression import fepois
from comity.potential.ppml.result import Dropped, GravityFit, GravityFits
from comity.potential.ppml.section import (
    CrossSection,
    LeaveOneOut,
    cross_section,
    leave_one_out,
)

__all__ = [
    "Certificate",
    "CrossSection",
    "Dropped",
    "GravityFit",
    "GravityFits",
    "LeaveOneOut",
    "Tolerance",
    "cross_section",
    "fepois",
    "leave_one_out",
]
