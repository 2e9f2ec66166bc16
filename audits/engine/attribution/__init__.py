"""Explanations inside the audit: exact for trees, sampled for any other model; see measure.py."""

from audits.engine.attribution.measure import Asking, measure
from audits.engine.attribution.single import explain_one

__all__ = ["Asking", "explain_one", "measure"]
