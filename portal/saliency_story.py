"""What in a picture a model's answers rest on: drawings by the same hand as on paper, and their tables."""

from collections.abc import Iterator, Mapping
from typing import Any

from core.pdf.charts import Seen
from core.pdf.text import shown
from reports.quarterly.pictures import examples_seen, mean_seen, strongest

Section = Mapping[str, Any]
Table = Mapping[str, Any]
MOST = 10
READ = "Amber speaks for the answer, blue against it; the strongest patches are framed, those against it in dashes."


def saliency_pictures(section: Section) -> Iterator[dict[str, Any] | None]:
    """The mean map, and each picture that may be shown with the map over it."""
    seen = mean_seen(section)
    if seen is not None:
        title = "Where in a picture the answers rest, over all explained pictures"
        yield _drawing(title, seen, "mean size of the change", "")
    for line, one in examples_seen(section):
        title = f"Row {shown(line.get('row'), 20)}: what speaks for the answer, and what against it"
        yield _drawing(title, one, shown(line.get("units"), 40), READ)


def saliency_tables(section: Section) -> Iterator[tuple[str, Table]]:
    """The audit's own tables; of maps the strongest patches, of pictures none."""
    seen = mean_seen(section)
    if seen is not None:
        yield "strongest patches, over all explained pictures", _patches(seen)
    for line, one in examples_seen(section):
        yield f"strongest patches, row {shown(line.get('row'), 20)}", _patches(one)
    for title in ("deletion", "agreement", "method"):
        if title in section:
            yield title, section[title]


def _drawing(title: str, seen: Seen, units: str, say: str) -> dict[str, Any]:
    return {"kind": "drawing", "title": title, "seen": seen, "units": units, "say": say}


def _patches(seen: Seen) -> Table:
    columns = ["line", "place in it", "support falls by"]
    return {"columns": columns, "rows": [list(patch) for patch in strongest(seen, MOST)]}
