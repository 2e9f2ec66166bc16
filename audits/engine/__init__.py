"""The pure audit engine: arrays and a specification in, a frozen result out. No Django, no clock, no I/O.

run_suite(frame, spec, suite, seed=..., dataset_digest=...) -> AuditResult
"""

from audits.engine.encoding import Encoded, encode, encode_batches
from audits.engine.frame import Column, Frame, canonical_text, frame_from_arrays
from audits.engine.model import Model
from audits.engine.result import AuditResult
from audits.engine.run import run_suite
from audits.engine.spec import AuditSpec
from audits.engine.spec_reader import spec_parse
from audits.engine.suite import Suite, suite_parse

__all__ = [
    "AuditResult",
    "AuditSpec",
    "Column",
    "Encoded",
    "Frame",
    "Model",
    "Suite",
    "canonical_text",
    "encode",
    "encode_batches",
    "frame_from_arrays",
    "run_suite",
    "spec_parse",
    "suite_parse",
]
