"""Published audit suites as data: what is measured, with which limits. A suite never changes once it was used.

The first two editions are one file each. From the third on an edition is a folder: suite.json holds what all checks
share and lists them in their order, and each check has a file with the version of its code, its figures and its limits.
"""

import json
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from audits.engine.suite import Suite, suite_parse
from core.canonical import canonical_json
from core.errors import NotFound

CURRENT = "PAS-2026.5"


def suite_load(name_or_bytes: str | bytes = CURRENT) -> Suite:
    """The suite with this id, or the one these JSON bytes describe."""
    if isinstance(name_or_bytes, bytes):
        return suite_parse(name_or_bytes)
    folder = files(__package__)
    if name_or_bytes.startswith("PAS-") and "/" not in name_or_bytes:
        if folder.joinpath(f"{name_or_bytes}.json").is_file():
            return suite_parse(folder.joinpath(f"{name_or_bytes}.json").read_bytes())
        if folder.joinpath(name_or_bytes, "suite.json").is_file():
            return suite_parse(canonical_json(_edition(folder.joinpath(name_or_bytes))))
    raise NotFound(f"There is no audit suite {name_or_bytes!r}.", field="suite", remedy=f"Use {CURRENT}.")


def _edition(folder: Traversable) -> dict[str, Any]:
    """An edition's folder as the one document it stands for. What it does not file stands as in the edition `as_in`,
    and what that does not file as in the one before."""
    folders, whole = [folder], json.loads(folder.joinpath("suite.json").read_text("utf-8"))
    while "as_in" in whole:
        folders.append(files(__package__).joinpath(whole.pop("as_in")))
        whole = json.loads(folders[-1].joinpath("suite.json").read_text("utf-8")) | whole
    checks = [(name, _filed(name, *folders)) for name in whole["checks"]]
    limits = {check: limit for _, entry in checks for check, limit in entry["limits"].items()}
    listed = [{"name": name, "code": entry["code"], "figures": entry["figures"]} for name, entry in checks]
    return {**whole, "checks": listed, "limits": limits}


def _filed(name: str, *folders: Traversable) -> Any:
    """A check's file, from the first folder that has it."""
    file = next(folder.joinpath(f"{name}.json") for folder in folders if folder.joinpath(f"{name}.json").is_file())
    return json.loads(file.read_text("utf-8"))
