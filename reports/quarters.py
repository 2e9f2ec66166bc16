"""Quarter names and the moments at which quarterly reports fall due. Pure."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from core.errors import InputRefused
from core.periods import Period, quarter_of

NAME = re.compile(r"(\d{4})-Q([1-4])")


def quarter_named(name: str) -> Period:
    """The period of a quarter such as 2026-Q3. Raises InputRefused for another form."""
    found = NAME.fullmatch(name)
    if found is None:
        raise InputRefused(
            f"{name!r} is no quarter.", field="quarter", limit="such as 2026-Q3", remedy="Send a year and a quarter."
        )
    return quarter_of(date(int(found[1]), 3 * int(found[2]) - 2, 1))


def quarter_ticks(after: datetime, until: datetime) -> Iterator[datetime]:
    """The quarter ends in (after, until]: midnight UTC at which the next quarter begins."""
    end = quarter_of(after.date()).end
    while (tick := midnight(end)) <= until:
        if tick > after:
            yield tick
        end = quarter_of(end).end


def quarter_ended(tick: datetime) -> date:
    """A day of the quarter that ended at `tick`."""
    return (tick - timedelta(seconds=1)).date()


def midnight(day: date) -> datetime:
    """The first moment of `day`, UTC."""
    return datetime.combine(day, time(), tzinfo=UTC)
