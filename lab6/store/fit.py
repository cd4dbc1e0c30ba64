"""Fit the two or three numbers of a machine card: least squares of relative errors, no number below 0.

Source: C. Lawson and R. Hanson, "Solving Least Squares Problems", Prentice-Hall 1974, chapter 23.
"""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


def fit(steps: Array, images: float, seconds: Array) -> tuple[Array, Array]:
    """Seconds per step and per image, neither negative, for each row of ``seconds`` (rows, sizes); ``steps`` (sizes,),
    of which at least two differ.

    The sums of Cramer's rule and their determinant are summed over pairs of sizes (Lagrange's identity), so that
    nothing cancels: the determinant, a sum of squares, is above 0 for any times.
    """
    x, y = steps / seconds, images / seconds
    step, image, determinant = (np.zeros(len(seconds)) for _ in range(3))
    for apart in range(1, len(steps)):  # the pairs (i, i + apart)
        one, other = np.s_[..., :-apart], np.s_[..., apart:]
        turn = images * (steps[other] - steps[one]) / seconds[one] / seconds[other]  # y_i x_j - x_i y_j
        determinant += (turn * turn).sum(-1)
        step += ((y[one] - y[other]) * turn).sum(-1)
        image += ((x[other] - x[one]) * turn).sum(-1)
    only_step, only_image = x.sum(-1) / (x * x).sum(-1), y.sum(-1) / (y * y).sum(-1)
    fitted_step = np.where(image < 0, only_step, step / determinant)
    fitted_image = np.where(step < 0, only_image, image / determinant)
    return np.maximum(fitted_step, 0), np.maximum(fitted_image, 0)


def design(steps: list[Array], images: float, workers: list[int]) -> Array:
    """The columns of :func:`nonnegative` for series of one worker and of several: (all sizes, 2 + others).

    seconds = steps x step + images / workers x image + steps x exchange, with an exchange for each series after the
    first. ``steps``: of each size of each series; ``workers``: of each series, the first of one worker.
    """
    rows = []
    for place, (own, count) in enumerate(zip(steps, workers, strict=True)):
        exchanges = np.zeros((len(own), len(steps) - 1))
        if place:
            exchanges[:, place - 1] = own
        rows.append(np.column_stack([own, np.full(len(own), images / count), exchanges]))
    return np.vstack(rows)


def is_determined(columns: Array) -> bool:
    """Whether ``columns`` (rows, numbers) determine all numbers."""
    return bool(np.linalg.matrix_rank(columns / columns.max(axis=0)) == columns.shape[1])


def nonnegative(columns: Array, seconds: Array) -> Array:
    """The numbers (n,), none negative, for which ``columns`` (rows, n) @ numbers is nearest to ``seconds`` (rows,),
    by relative errors."""
    from scipy.optimize import nnls  # takes as long to import as a small report takes

    relative = columns / seconds[:, None]
    units = relative.max(axis=0)
    found: Array = nnls(relative / units, np.ones(len(seconds)))[0] / units
    return found
