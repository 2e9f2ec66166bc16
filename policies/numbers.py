"""Numbers people say on the telephone: Q-2026-000001, P-2026-000001, C-2026-000001. No gaps but for refused acts."""

from datetime import datetime

from django.db.models import F

from policies.models import Series


def number_next(*, prefix: str, at: datetime) -> str:
    """The next number of the year's series, inside the caller's transaction: the row stays locked until its end."""
    name = f"{prefix}-{at.year}"
    Series.objects.get_or_create(name=name)
    Series.objects.filter(name=name).update(last=F("last") + 1)
    return f"{name}-{Series.objects.get(name=name).last:06d}"
