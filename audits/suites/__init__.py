"""Published audit suites as data: what is measured, with which limits. A suite never changes once it was used."""

from importlib.resources import files

from audits.engine.suite import Suite, suite_parse
from core.errors import NotFound

CURRENT = "PAS-2026.2"


def suite_load(name_or_bytes: str | bytes = CURRENT) -> Suite:
    """The suite with this id, or the one these JSON bytes describe."""
    if isinstance(name_or_bytes, bytes):
        return suite_parse(name_or_bytes)
    source = files(__package__).joinpath(f"{name_or_bytes}.json")
    if not name_or_bytes.startswith("PAS-") or "/" in name_or_bytes or not source.is_file():
        raise NotFound(f"There is no audit suite {name_or_bytes!r}.", field="suite", remedy=f"Use {CURRENT}.")
    return suite_parse(source.read_bytes())
