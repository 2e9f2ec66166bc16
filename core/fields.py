"""What several rooms' tables have in common."""

from typing import Any

# An amount of money in the row's currency, exact to the cent.
AMOUNT: dict[str, Any] = {"max_digits": 16, "decimal_places": 2}
