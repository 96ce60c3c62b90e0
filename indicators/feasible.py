"""What a reader can work out: the lowest and highest value each cell may hold, from all that is published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from indicators.rates import require
from indicators.spec import InputError

# Stands for “no upper limit” in sums that must stay exact: thousands of them are below 2^53.
NO_LIMIT = 1e12
PASSES = 60


@dataclass(frozen=True)
class Sums:
    """Which cells add up to which: every partition says parent = Σ children + rest, the rest 0 where it is complete.

    Positions: `parent` by partition; `part` and `child` by edge; `cells` is the number of published cells. A rest is a
    cell of its own, after the published ones; `rest` gives its partition.
    """

    parent: np.ndarray
    part: np.ndarray
    child: np.ndarray
    rest: np.ndarray
    cells: int

    @property
    def size(self) -> int:
        """Cells and rests."""
        return self.cells + len(self.rest)


def sums_of(cells: Sequence[str] | pd.Series, nesting: pd.DataFrame) -> Sums:
    """The sums that `nesting` declares between `cells` [ids].

    `nesting`: one row per parent and child of a partition: parent, child; optionally partition [label; a cell may be
    cut up in several ways] and complete [False where the children need not make up the parent]. Raises InputError at a
    cell that is not listed, a repeated row, or a cell inside itself.
    """
    require(nesting, "nesting", ("parent", "child"))
    index = pd.Index(cells)
    if nesting.empty:
        empty = np.empty(0, dtype="int64")
        return Sums(empty, empty, empty, empty, len(index))
    ends = {}
    for column in ("parent", "child"):
        ends[column] = index.get_indexer(pd.Index(nesting[column]))
        if (ends[column] < 0).any():
            raise InputError(f"nesting.{column}: {nesting[column].iloc[int(np.argmin(ends[column]))]} is not a cell")
    own, outer = ends["child"], ends["parent"]
    code = pd.factorize(nesting["partition"])[0] if "partition" in nesting else np.zeros(len(nesting), dtype="int64")
    labels, part = np.unique(outer * (code.max() + 2) + code + 1, return_inverse=True)
    repeated = len(nesting) - len(np.unique(part * len(index) + own))
    if repeated:
        raise InputError(f"nesting: {repeated} rows say what another one says")
    parent = np.zeros(len(labels), dtype="int64")
    parent[part] = outer
    graph = coo_array((np.ones(len(nesting)), (outer, own)), shape=(len(index), len(index)))
    rings = connected_components(graph, directed=True, connection="strong")[0]
    if rings < len(index) or (outer == own).any():
        raise InputError("nesting: a cell is inside itself")
    open_ = np.zeros(len(labels), dtype=bool)
    if "complete" in nesting:
        np.logical_or.at(open_, part, ~nesting["complete"].to_numpy(dtype=bool))
    rest = np.flatnonzero(open_)
    return Sums(
        parent, np.concatenate([part, rest]),
        np.concatenate([own, len(index) + np.arange(len(rest))]), rest, len(index),
    )


def narrowed(low: np.ndarray, high: np.ndarray, sums: Sums) -> tuple[np.ndarray, np.ndarray]:
    """Limits tightened through every sum until they rest: exact where sums form a tree, else never too narrow.

    `low`, `high` [by cell and rest; NO_LIMIT where there is none]. A sum of intervals of whole numbers is one, and in a
    tree what two branches say of their joint cell is independent: up and down once is all there is to know.
    """
    low, high = low.copy(), high.copy()
    number, edges = len(sums.parent), sums.part
    for _ in range(PASSES):
        before = (low.copy(), high.copy())
        least = np.bincount(edges, low[sums.child], number)
        most = np.bincount(edges, high[sums.child], number)
        np.maximum.at(low, sums.parent, least)
        np.minimum.at(high, sums.parent, most)
        others_least, others_most = least[edges] - low[sums.child], most[edges] - high[sums.child]
        np.maximum.at(low, sums.child, low[sums.parent][edges] - others_most)
        np.minimum.at(high, sums.child, high[sums.parent][edges] - others_least)
        high[high > NO_LIMIT / 2] = NO_LIMIT
        if np.array_equal(before[0], low) and np.array_equal(before[1], high):
            break
    return low, high


def tangled(sums: Sums) -> np.ndarray:
    """Component of each cell whose sums form no tree (a two-way table with both margins); −1 for the other cells."""
    nodes = sums.size + len(sums.parent)
    numbers = np.arange(len(sums.parent))
    cell = np.concatenate([sums.child, sums.parent])
    part = np.concatenate([sums.part, numbers]) + sums.size
    graph = coo_array((np.ones(len(cell)), (cell, part)), shape=(nodes, nodes))
    count, label = connected_components(graph, directed=False)
    edges = np.bincount(label[cell], minlength=count)
    ringed = edges >= np.bincount(label, minlength=count)
    return np.where(ringed[label[:sums.size]], label[:sums.size], -1)


def feasible(
    low: np.ndarray, high: np.ndarray, sums: Sums, asked: np.ndarray, enough: tuple[np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and highest value of each `asked` cell over every table that fits the limits and the sums.

    Trees are exact by `narrowed`; elsewhere each asked cell is minimized and maximized by linear programming (HiGHS),
    exact for two-way tables, and wider than the truth, if anything, in others. No cell is asked further than `enough`
    [lowest and highest wanted, by cell]: past it, limits are those seen so far.
    """
    low, high = narrowed(low, high, sums)
    label = tangled(sums)
    for component in np.unique(label[asked & (label >= 0)]):
        inside = label == component
        _by_programme(low, high, sums, inside, asked & inside, enough)
    return low, high


def _by_programme(
    low: np.ndarray, high: np.ndarray, sums: Sums, inside: np.ndarray, asked: np.ndarray,
    enough: tuple[np.ndarray, np.ndarray],
) -> None:
    """`low` and `high` of the asked cells of one component, in place."""
    from scipy.optimize import linprog  # half a second to import

    position = np.cumsum(inside) - 1
    edge, part = inside[sums.child], inside[sums.parent]
    row = np.cumsum(part) - 1
    rows = np.concatenate([row[sums.part[edge]], row[part]])
    columns = np.concatenate([position[sums.child[edge]], position[sums.parent[part]]])
    signs = np.concatenate([np.ones(edge.sum()), -np.ones(part.sum())])
    matrix = coo_array((signs, (rows, columns)), shape=(int(part.sum()), int(inside.sum()))).tocsr()
    limits = np.column_stack([low[inside], np.where(high[inside] >= NO_LIMIT, np.inf, high[inside])])
    seen_low, seen_high = np.full(len(limits), np.inf), np.full(len(limits), -np.inf)
    want_low, want_high = np.maximum(enough[0][inside], low[inside]), np.minimum(enough[1][inside], high[inside])
    for at in position[np.flatnonzero(asked)]:
        for sign in (1.0, -1.0):
            if seen_low[at] <= want_low[at] if sign > 0 else seen_high[at] >= want_high[at]:
                continue
            goal = np.zeros(len(limits))
            goal[at] = sign
            # A cell without limit is asked no further than what is wanted of it.
            bound = limits.copy()
            bound[at, 1] = min(bound[at, 1], max(want_high[at], bound[at, 0]))
            found = linprog(goal, A_eq=matrix, b_eq=np.zeros(int(part.sum())), bounds=bound, method="highs")
            if not found.success:
                raise InputError(f"feasible: no table fits what is published ({found.message})")
            np.minimum(seen_low, found.x, out=seen_low)
            np.maximum(seen_high, found.x, out=seen_high)
    place = np.flatnonzero(asked)
    low[place] = np.ceil(seen_low[position[place]] - 1e-6)
    high[place] = np.floor(seen_high[position[place]] + 1e-6)
