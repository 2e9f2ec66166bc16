"""The quarterly audit report: one JSON input to one PDF, pure. Measurement, price and claims told together.

`render(report)` takes "plimsoll.quarterly-report/1" and returns PDF bytes. It reads no clock, no file of the customer
and no network; the same input gives the same bytes. What an input lacks is said in words, never guessed.
"""

from reports.quarterly.report import SCHEMA, render

__all__ = ["SCHEMA", "render"]
