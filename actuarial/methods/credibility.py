"""Bühlmann-Straub credibility of accounts over several years, and full credibility of a claim count, in Decimal.

X_it with weight w_it; X_i and X weighted means, w_i and w sums, I accounts, n_i years:

    s2 = sum_it w_it (X_it - X_i)^2 / sum_i (n_i - 1)                         within accounts
    a  = w / (w^2 - sum w_i^2) (sum_i w_i (X_i - X)^2 - (I - 1) s2), 0 if less   between accounts
    Z_i = w_i / (w_i + s2 / a);  m = sum Z_i X_i / sum Z_i;  P_i = Z_i X_i + (1 - Z_i) m

Bühlmann and Straub (1970); Bühlmann and Gisler, A Course in Credibility Theory (2005), 4.8 and theorem 4.4, whose mean
squared error is a (1 - Z_i) (1 + (1 - Z_i) / sum Z). With a = 0 nobody is believed and m is X.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import NormalDist

from core.errors import InputRefused
from underwriting.rating.arithmetic import ONE, ZERO, add, divide, multiply, root, subtract, total


@dataclass(frozen=True)
class Account:
    """One account: its name, and a (ratio, weight) a year; weights above nought."""

    name: str
    years: tuple[tuple[Decimal, Decimal], ...]

    @property
    def weight(self) -> Decimal:
        return total(weight for _, weight in self.years)

    @property
    def mean(self) -> Decimal:
        return divide(total(multiply(ratio, weight) for ratio, weight in self.years), self.weight)


@dataclass(frozen=True)
class Believed:
    """What one account is given, not rounded; `error` is the root of the mean squared error, None without a spread."""

    name: str
    years: int
    weight: Decimal
    mean: Decimal
    z: Decimal
    premium: Decimal
    error: Decimal


@dataclass(frozen=True)
class Structure:
    """The book's structure and what follows for each account; `unclipped` is the between-variance before the floor."""

    within: Decimal
    between: Decimal
    unclipped: Decimal
    collective: Decimal
    accounts: tuple[Believed, ...]

    @property
    def k(self) -> Decimal | None:
        """s2 / a: the weight at which Z is one half; None where accounts do not differ."""
        return divide(self.within, self.between) if self.between > ZERO else None


def buhlmann_straub(accounts: Sequence[Account]) -> Structure:
    """The structure of `accounts`. Raises InputRefused for fewer than two, for weights of nought, and where no account
    has two years."""
    _refuse_impossible(accounts)
    weight = total(one.weight for one in accounts)
    mean = divide(total(multiply(one.weight, one.mean) for one in accounts), weight)
    within = divide(
        total(multiply(w, _square(ratio, one.mean)) for one in accounts for ratio, w in one.years),
        Decimal(sum(len(one.years) - 1 for one in accounts)),
    )
    spread = total(multiply(one.weight, _square(one.mean, mean)) for one in accounts)
    free = subtract(multiply(weight, weight), total(multiply(one.weight, one.weight) for one in accounts))
    by_chance = multiply(Decimal(len(accounts) - 1), within)
    unclipped = multiply(divide(weight, free), subtract(spread, by_chance))
    between = max(ZERO, unclipped)
    z = [divide(multiply(one.weight, between), add(multiply(one.weight, between), within)) if between else ZERO
         for one in accounts]  # fmt: skip
    all_z = total(z)
    collective = (
        divide(total(multiply(k, one.mean) for k, one in zip(z, accounts, strict=True)), all_z) if all_z else mean
    )
    rows = [_believed(one, k, all_z, collective, between) for one, k in zip(accounts, z, strict=True)]
    return Structure(within, between, unclipped, collective, tuple(rows))


def without_each(accounts: Sequence[Account]) -> list[Decimal | None]:
    """s2 / a with each account left out in turn: how far the structure hangs on one of them. Empty below three."""
    left = [[*accounts[:place], *accounts[place + 1 :]] for place in range(len(accounts))]
    return [buhlmann_straub(rest).k for rest in left if len(rest) > 1 and any(len(one.years) > 1 for one in rest)]


def full_credibility(probability: Decimal, within: Decimal, variation: Decimal) -> Decimal:
    """Claims at which a Poisson year is believed in full: (y / k)^2 (1 + cv^2), y the normal's two-sided point.

    probability  chance of lying within the share, such as .90
    within       that share k of the mean, such as .05
    variation    coefficient of variation of a claim's size; 0 for a claim count: 1,082 (Longley-Cook 1962)
    """
    y = Decimal(repr(NormalDist().inv_cdf((1 + float(probability)) / 2)))
    return multiply(_squared(divide(y, within)), add(ONE, _squared(variation)))


def _believed(one: Account, z: Decimal, all_z: Decimal, collective: Decimal, between: Decimal) -> Believed:
    rest = subtract(ONE, z)
    premium = add(multiply(z, one.mean), multiply(rest, collective))
    error = multiply(between, rest, add(ONE, divide(rest, all_z))) if all_z else ZERO
    return Believed(one.name, len(one.years), one.weight, one.mean, z, premium, root(error))


def _square(left: Decimal, right: Decimal) -> Decimal:
    return _squared(subtract(left, right))


def _squared(value: Decimal) -> Decimal:
    return multiply(value, value)


def _refuse_impossible(accounts: Sequence[Account]) -> None:
    if len(accounts) < 2:
        raise InputRefused(
            f"{len(accounts)} accounts tell nothing of how accounts differ.", field="accounts", limit="two or more"
        )
    bare = next((one.name for one in accounts if not one.years or any(weight <= 0 for _, weight in one.years)), None)
    if bare is not None:
        raise InputRefused(
            f"{bare} has a year without weight.",
            field="accounts",
            limit="weights above 0",
            remedy="Leave the year out.",
        )
    if all(len(one.years) == 1 for one in accounts):
        raise InputRefused(
            "No account has two years, so chance and difference cannot be told apart.",
            field="accounts",
            limit="two years in one account at least",
        )
