from __future__ import annotations

import numpy as np
import pytest

from bench.fit_projection import fit


def test_a_projection_keeps_the_directions_that_tokens_vary_in() -> None:
    rng = np.random.default_rng(3)
    tokens = (rng.standard_normal((500, 4)) @ rng.standard_normal((4, 32))).astype(np.float32)
    projection, kept = fit(tokens, 4)
    assert projection.shape == (32, 4)
    assert kept == pytest.approx(1.0, abs=1e-4)
    assert np.allclose(projection.T @ projection, np.eye(4), atol=1e-4)
    assert fit(tokens, 2)[1] < 0.95
