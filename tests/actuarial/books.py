"""Books for the tests of portfolio methods: DOMAIN's own, and random ones."""

import numpy as np

from actuarial.methods.curves import Lognormal, Lomax, MixedExponential
from actuarial.methods.lattice import Book
from actuarial.methods.shock import Shock

CURVES = (Lognormal(9.9, 1.9), Lomax(2.2, 150_000.0), MixedExponential((0.8, 0.17, 0.03), (20e3, 200e3, 2e6)))
STEP = 2500.0


def domain_book() -> Book:
    """DOMAIN 3.2: 300 policies, lambda .085, lognormal 9.9/1.9, limit 2M, deductible 25k."""
    n = 300
    return book_of(np.arange(n), np.full(n, 0.085), np.zeros(n, dtype=int), np.full(n, 2e6), np.full(n, 25e3))


def domain_shocks() -> list[Shock]:
    """120 policies on vendor A, 60 on B, pi .35."""
    return [
        Shock("A", 0.02, np.arange(120), np.full(120, 0.35)),
        Shock("B", 0.03, np.arange(120, 180), np.full(60, 0.35)),
    ]


def book_of(policy, frequency, curve, limit, deductible, aggregate=None, curves=CURVES) -> Book:
    policies = int(policy.max()) + 1
    most = np.zeros(policies)
    np.maximum.at(most, policy, limit)
    columns = (np.asarray(policy), np.asarray(frequency, float), np.asarray(curve, dtype=np.int64))
    amounts = (np.asarray(limit, float), np.asarray(deductible, float))
    return Book(policies, *columns, *amounts, curves, most if aggregate is None else aggregate)


def random_book(rng: np.random.Generator, policies: int = 6, odd: bool = True) -> Book:
    """Policies of one to three perils; limits and deductibles off the lattice where `odd`."""
    perils = rng.integers(1, 4, policies)
    policy = np.repeat(np.arange(policies), perils)
    curve = np.concatenate([rng.permutation(3)[:count] for count in perils])
    limit = rng.choice([250e3, 500e3, 1e6], policies) if not odd else rng.uniform(30e3, 1e6, policies)
    deductible = rng.choice([5e3, 10e3, 25e3], policies) if not odd else rng.uniform(0, 29e3, policies)
    return book_of(policy, rng.uniform(0.01, 0.8, len(policy)), curve, limit[policy], deductible[policy])


def random_shocks(rng: np.random.Generator, book: Book, keys: int = 2) -> list[Shock]:
    """Shocks that use at most half of every policy's expected claims."""
    found = []
    for place in range(keys):
        members = np.flatnonzero(rng.random(book.policies) < 0.7)
        rate = float(rng.uniform(0.01, 0.1))
        most = book.totals[members] / (2 * keys * rate)
        found.append(Shock(f"key {place}", rate, members, np.minimum(rng.uniform(0.1, 0.9, len(members)), most)))
    return found


def panjer(rates: np.ndarray, size: int) -> np.ndarray:
    """Compound Poisson by Panjer's recursion: s p(s) = sum over k of k rates[k] p(s - k). Slow and plain."""
    found = np.zeros(size)
    found[0] = np.exp(-rates[1:].sum())  # claims and events of nought pay nothing
    steps = np.arange(len(rates)) * rates
    for s in range(1, size):
        top = min(s, len(rates) - 1)
        found[s] = steps[1 : top + 1] @ found[s - top : s][::-1] / s
    return found
