"""Which paper a country writes on. Pure."""

LETTER_COUNTRIES = frozenset({"US", "CA", "MX", "PH"})


def page_size_in(country: str) -> str:
    """Letter or A4, for an ISO 3166-1 alpha-2 code."""
    return "Letter" if country in LETTER_COUNTRIES else "A4"
