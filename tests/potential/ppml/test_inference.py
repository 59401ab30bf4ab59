"""Standard errors where there are none."""

import numpy as np
import pytest

from comity.errors import EstimationError
from comity.potential.ppml.inference import covariance


class NoScores:
    """A problem that nobody asks for its scores."""

    def cluster_scores(self, codes: np.ndarray, size: int, *, by_cell: bool) -> np.ndarray:
        raise AssertionError

    def squared_scores(self) -> np.ndarray:
        raise AssertionError


@pytest.mark.parametrize("kind", ["iid", "hetero"])
def test_a_singular_hessian_is_told_in_words(kind: str) -> None:
    with pytest.raises(EstimationError, match="no standard errors"):
        covariance(NoScores(), np.zeros((2, 2)), kind, [], 10, [3, 3])


def test_iid_errors_are_the_inverse_hessian_with_its_factor() -> None:
    hessian = np.array([[4.0, 1.0], [1.0, 3.0]])
    out = covariance(NoScores(), hessian, "iid", [], 100, [5, 4])
    np.testing.assert_allclose(out, np.linalg.inv(hessian) * 99 / (100 - 2 - 9 + 1))
