"""The referee of alerts, awareness, nowcast and funnel: by loops, sharing no code with `indicators`."""

from __future__ import annotations

import math


def cusum(z: list[float], slack: float) -> list[float]:
    """Running sum of what exceeds the slack, never below 0; a missing z changes nothing."""
    total, out = 0.0, []
    for now in z:
        if now == now:
            total = max(0.0, total + now - slack)
        out.append(total)
    return out


def benjamini_hochberg(p: list[float], rate: float) -> list[bool]:
    """Flags: every p up to the largest that stands under its rank × rate ÷ number of tests."""
    tests = sorted(v for v in p if v == v)
    limit = max((v for i, v in enumerate(tests, 1) if v <= i * rate / len(tests)), default=-1.0)
    return [v == v and v <= limit for v in p]


def prior_shape(requests: list[int], expected: list[float]) -> float:
    """Shape of the prior by bisection on the slope of the likelihood, its digammas written as sums."""
    def slope(a: float) -> float:
        total = 0.0
        for o, e in zip(requests, expected, strict=True):
            total += sum(1 / (a + k) for k in range(o)) + math.log(a) + 1 - math.log(a + e) - (a + o) / (a + e)
        return total
    low, high = math.log(1e-3), math.log(1e4)
    if slope(math.exp(high)) >= 0:
        return math.inf
    if slope(math.exp(low)) <= 0:
        return 1e-3
    for _ in range(200):
        middle = (low + high) / 2
        if slope(math.exp(middle)) > 0:
            low = middle
        else:
            high = middle
    return math.exp(low)


def poisson_quantile(mean: float, part: float) -> int:
    """Smallest count that at least `part` of a Poisson law does not exceed."""
    count, term = 0, math.exp(-mean)
    total = term
    while total < part:
        count += 1
        term *= mean / count
        total += term
    return count


def completeness(cells: dict[tuple[int, int], float], periods: int, width: int) -> dict[int, float]:
    """Chain ladder over a full triangle (period p seen to delay periods − 1 − p): share reported so far."""
    def so_far(p: int, d: int) -> float:
        return sum(cells[p, k] for k in range(d + 1))
    out = {}
    for p in range(periods):
        share = 1.0
        for d in range(min(width, periods - p), width):
            rows = [q for q in range(periods) if (q, d) in cells]
            share *= sum(so_far(q, d - 1) for q in rows) / sum(so_far(q, d) for q in rows)
        out[p] = share
    return out


def solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gauss elimination with the largest pivot."""
    n = len(right)
    rows = [matrix[i][:] + [right[i]] for i in range(n)]
    for i in range(n):
        pivot = max(range(i, n), key=lambda r: abs(rows[r][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for r in range(n):
            if r != i:
                factor = rows[r][i] / rows[i][i]
                rows[r] = [a - factor * b for a, b in zip(rows[r], rows[i], strict=True)]
    return [rows[i][n] / rows[i][i] for i in range(n)]


def segmented(y: list[float], x: list[list[float]], lag: int, contrast: list[float]) -> tuple[float, float]:
    """Least squares: the contrast of the coefficients and its Newey–West variance, times n ÷ (n − k)."""
    n, k = len(y), len(contrast)
    gram = [[sum(x[t][i] * x[t][j] for t in range(n)) for j in range(k)] for i in range(k)]
    beta = solve(gram, [sum(x[t][i] * y[t] for t in range(n)) for i in range(k)])
    error = [y[t] - sum(x[t][i] * beta[i] for i in range(k)) for t in range(n)]
    meat = [[0.0] * k for _ in range(k)]
    for s in range(n):
        for t in range(n):
            if abs(s - t) <= lag:
                weight = 1 - abs(s - t) / (lag + 1)
                for i in range(k):
                    for j in range(k):
                        meat[i][j] += weight * error[s] * error[t] * x[s][i] * x[t][j]
    side = solve(gram, contrast)
    variance = sum(side[i] * meat[i][j] * side[j] for i in range(k) for j in range(k))
    return sum(b * c for b, c in zip(beta, contrast, strict=True)), variance * n / (n - k)
