"""Area under the ROC curve with DeLong's variance, from counts by distinct score (ties count one half).

Source: DeLong, DeLong and Clarke-Pearson 1988; structural components as in Sun and Xu 2014.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from audits.engine.bounds import Interval
from audits.engine.frame import Floats, Mask


@dataclass(frozen=True)
class Auc:
    value: float
    variance: float
    events: int
    others: int

    def interval(self, confidence: float) -> Interval:
        """Two-sided normal interval within 0 to 1. Where every pair is ordered alike the variance is 0 and says
        nothing; there the exact bound of as many draws as the smaller class has stands in."""
        if self.variance <= 0:
            slack = 1 - ((1 - confidence) / 2) ** (1 / min(self.events, self.others))
            return Interval(max(0.0, self.value - slack), min(1.0, self.value + slack))
        half = float(stats.norm.ppf(1 - (1 - confidence) / 2)) * math.sqrt(self.variance)
        return Interval(max(0.0, self.value - half), min(1.0, self.value + half))


def auc(score: Floats, event: Mask) -> Auc | None:
    """The AUC of finite scores (higher = more event); None with fewer than two cases of either outcome."""
    events = int(event.sum())
    others = len(event) - events
    if min(events, others) < 2:
        return None
    distinct, place = np.unique(score, return_inverse=True)
    yes = np.bincount(place[event], minlength=len(distinct)).astype(np.float64)
    no = np.bincount(place[~event], minlength=len(distinct)).astype(np.float64)
    of_yes = (np.cumsum(no) - no / 2) / others  # share of the others ranked below each score
    of_no = (events - np.cumsum(yes) + yes / 2) / events
    value = float(of_yes @ yes) / events
    spread_yes = float(yes @ (of_yes - value) ** 2) / (events - 1)
    spread_no = float(no @ (of_no - value) ** 2) / (others - 1)
    return Auc(value, spread_yes / events + spread_no / others, events, others)
