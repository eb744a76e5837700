"""Small boosted trees: chances from a table of numbers, the same ones on every run.

Each tree asks a few questions ("fewer than 4 days left?") and moves the log odds a little towards what was seen; the
weight of a leaf is drawn to nothing, so that few issues move little. Columns are cut into bins once, and sums over bins
find the best question: gradient boosting (J. H. Friedman, "Greedy function approximation: a gradient boosting machine",
Annals of Statistics 29(5), 2001) with second-order steps on histograms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from syncd.forecast.asof import chance
from syncd.forecast.history import Numbers

Matrix = NDArray[np.float64]
Bins = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How trees are grown.

    `depth`: questions in a row. `step`: how much of what it learnt a tree may say. `ridge` and `least`: by how much
    leaves are drawn to nothing, and the least a leaf may hold (both in units of p (1 - p) an issue).
    """

    trees: int = 50
    depth: int = 3
    step: float = 0.15
    ridge: float = 10.0
    least: float = 5.0
    bins: int = 24


@dataclass(frozen=True, slots=True, eq=False)
class _Tree:
    """`asks[d]`: of each node at depth d, the column and the last bin that goes left. `leaves`: (2 ** depth,)."""

    asks: tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]
    leaves: Numbers

    def leaf_of(self, bins: Bins) -> NDArray[np.int64]:
        rows = np.arange(len(bins))
        node = np.zeros(len(bins), dtype=np.int64)
        for column, last in self.asks:
            node = 2 * node + (bins[rows, column[node]] > last[node])
        return node


@dataclass(frozen=True, slots=True, eq=False)
class Boosted:
    """Trees as grown. `cuts`: of each column, the upper ends of its bins. `start`: the log odds before any tree."""

    cuts: tuple[Numbers, ...]
    start: float
    trees: tuple[_Tree, ...]

    def chances(self, matrix: Matrix) -> Numbers:
        """The chance of each row (m,)."""
        bins = _binned(matrix, self.cuts)
        log_odds = np.full(len(matrix), self.start)
        for tree in self.trees:
            log_odds += tree.leaves[tree.leaf_of(bins)]
        return chance(log_odds)


def grow(matrix: Matrix, late: Numbers, weight: Numbers, recipe: Recipe) -> Boosted:
    """Learn from rows (n, f), what became of them (n,) and what each counts (n,)."""
    cuts = tuple(_cuts(column, recipe.bins) for column in matrix.T)
    bins = _binned(matrix, cuts)
    rate = (weight @ late + 1.0) / (weight.sum() + 2.0)
    start = float(np.log(rate / (1.0 - rate)))
    log_odds = np.full(len(matrix), start)
    trees: list[_Tree] = []
    for _ in range(recipe.trees):
        p = chance(log_odds)
        tree = _grown(bins, weight * (late - p), weight * p * (1.0 - p), recipe)
        log_odds += tree.leaves[tree.leaf_of(bins)]
        trees.append(tree)
    return Boosted(cuts, start, tuple(trees))


def _cuts(column: Numbers, bins: int) -> Numbers:
    return np.unique(np.quantile(column, np.linspace(0.0, 1.0, bins + 1)[1:-1]))


def _binned(matrix: Matrix, cuts: tuple[Numbers, ...]) -> Bins:
    return np.stack([np.searchsorted(cut, column, "left") for cut, column in zip(cuts, matrix.T, strict=True)], axis=1)


def _grown(bins: Bins, pull: Numbers, mass: Numbers, recipe: Recipe) -> _Tree:
    """One tree. `pull` and `mass`: first and (negated) second derivative of the likelihood by each row's log odds."""
    rows = np.arange(len(bins))
    node = np.zeros(len(bins), dtype=np.int64)
    cells = bins + np.arange(bins.shape[1]) * recipe.bins
    asks = []
    for depth in range(recipe.depth):
        column, last = _best(node, cells, pull, mass, 2**depth, recipe)
        node = 2 * node + (bins[rows, column[node]] > last[node])
        asks.append((column, last))
    size = 2**recipe.depth
    leaves = recipe.step * np.bincount(node, pull, size) / (np.bincount(node, mass, size) + recipe.ridge)
    return _Tree(tuple(asks), leaves)


def _best(
    node: NDArray[np.int64], cells: Bins, pull: Numbers, mass: Numbers, nodes: int, recipe: Recipe
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of each node, the question that tells most: which column, and the last bin that goes left.

    A node that no question helps sends everything left.
    """
    width = cells.shape[1]
    index = (node[:, None] * (width * recipe.bins) + cells).ravel()

    def summed(values: Numbers) -> Numbers:
        sums = np.bincount(index, np.repeat(values, width), nodes * width * recipe.bins)
        return sums.reshape(nodes, width, recipe.bins).cumsum(axis=2)

    pulls, masses = summed(pull), summed(mass)
    all_pull, all_mass = pulls[:, :, -1:], masses[:, :, -1:]
    gain = (
        pulls**2 / (masses + recipe.ridge)
        + (all_pull - pulls) ** 2 / (all_mass - masses + recipe.ridge)
        - all_pull**2 / (all_mass + recipe.ridge)
    )
    gain[(masses < recipe.least) | (all_mass - masses < recipe.least)] = 0.0
    flat = gain.reshape(nodes, -1)
    best = flat.argmax(axis=1)
    is_worth = flat[np.arange(nodes), best] > 1e-9
    return best // recipe.bins, np.where(is_worth, best % recipe.bins, recipe.bins)
