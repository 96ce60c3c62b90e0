"""The referee of `indicators.peers`: the same answers by loops and elimination, sharing no code with it."""

from __future__ import annotations

import math

Matrix = list[list[float]]


def inverse(matrix: Matrix) -> Matrix:
    """By elimination, the largest pivot first."""
    n = len(matrix)
    rows = [row[:] + [float(i == j) for j in range(n)] for i, row in enumerate(matrix)]
    for c in range(n):
        best = max(range(c, n), key=lambda r: abs(rows[r][c]))
        rows[c], rows[best] = rows[best], rows[c]
        rows[c] = [x / rows[c][c] for x in rows[c]]
        for r in range(n):
            if r != c:
                rows[r] = [x - rows[r][c] * y for x, y in zip(rows[r], rows[c])]
    return [row[n:] for row in rows]


def inverse_root(matrix: Matrix) -> Matrix:
    """R^(−1/2), by Denman and Beavers' iteration."""
    n = len(matrix)
    y, z = matrix, [[float(i == j) for j in range(n)] for i in range(n)]
    for _ in range(60):
        a, b = inverse(z), inverse(y)
        y = [[(y[i][j] + a[i][j]) / 2 for j in range(n)] for i in range(n)]
        z = [[(z[i][j] + b[i][j]) / 2 for j in range(n)] for i in range(n)]
    return z


def correlation(rows: dict[str, list[float]], people: dict[str, float]) -> tuple[dict[str, list[float]], Matrix]:
    """Standardized rows and their correlations, weighted by people."""
    total, p = sum(people[a] for a in rows), len(next(iter(rows.values())))
    mean = [sum(people[a] * rows[a][v] for a in rows) / total for v in range(p)]
    spread = [math.sqrt(sum(people[a] * (rows[a][v] - mean[v]) ** 2 for a in rows) / total) for v in range(p)]
    z = {a: [(rows[a][v] - mean[v]) / spread[v] for v in range(p)] for a in rows}
    return z, [[sum(people[a] * z[a][u] * z[a][v] for a in rows) / total for v in range(p)] for u in range(p)]


def distance(rows: dict[str, list[float]], people: dict[str, float]) -> dict[tuple[str, str], float]:
    """Mahalanobis distance of every pair."""
    z, r = correlation(rows, people)
    back, p = inverse(r), len(r)
    out = {}
    for a in rows:
        for b in rows:
            gap = [x - y for x, y in zip(z[a], z[b])]
            out[a, b] = math.sqrt(max(0.0, sum(gap[u] * back[u][v] * gap[v] for u in range(p) for v in range(p))))
    return out


def shares(rows: dict[str, list[float]], people: dict[str, float], a: str, b: str) -> list[float]:
    """Share of each variable in the squared distance of one pair."""
    z, r = correlation(rows, people)
    root, p = inverse_root(r), len(r)
    gap = [x - y for x, y in zip(z[a], z[b])]
    part = [sum(root[v][u] * gap[u] for u in range(p)) ** 2 for v in range(p)]
    return [x / sum(part) for x in part]


def cost(gaps: dict[tuple[str, str], float], ids: list[str], centres: list[str]) -> float:
    """Σ distance to the nearest medoid."""
    return sum(min(gaps[a, m] for m in centres) for a in ids)


def medoids(gaps: dict[tuple[str, str], float], ids: list[str], k: int) -> list[str]:
    """PAM, trying every addition, then every swap."""
    centres: list[str] = []
    while len(centres) < k:
        rest = [a for a in ids if a not in centres]
        now = cost(gaps, ids, centres) if centres else 0.0
        change = {a: round(cost(gaps, ids, [*centres, a]) - now, 9) for a in rest}
        centres.append(min(rest, key=lambda a: (change[a], a)))
    while True:
        now, best = cost(gaps, ids, centres), None
        for i in range(k):
            for a in ids:
                if a not in centres:
                    tried = cost(gaps, ids, [*centres[:i], a, *centres[i + 1:]])
                    if tried < now - 1e-8 * max(1.0, now) and (best is None or round(tried - now, 9) < best[0]):
                        best = (round(tried - now, 9), i, a)
        if best is None:
            return sorted(centres)
        centres[best[1]] = best[2]


def silhouette(gaps: dict[tuple[str, str], float], group: dict[str, str]) -> dict[str, float]:
    """(b − w) ÷ max(w, b): mean distance to one's own group, and to the nearest other one."""
    out = {}
    for a in group:
        mean = {}
        for g in set(group.values()):
            there = [gaps[a, b] for b in group if group[b] == g and b != a]
            if there:
                mean[g] = sum(there) / len(there)
        if group[a] not in mean:
            out[a] = 0.0
            continue
        own, other = mean[group[a]], min(d for g, d in mean.items() if g != group[a])
        out[a] = (other - own) / max(own, other)
    return out
