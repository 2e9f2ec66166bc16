"""The colours of paper and screen, by name. Colour never speaks alone: a shape or a word stands beside it."""

from collections.abc import Hashable

COLOURS = {
    "ink": "#14213D",
    "paper": "#FBFAF7",
    "white": "#FFFFFF",
    "sea": "#1F5F7A",
    "lead": "#B3392F",
    "amber": "#C98A1B",
    "amber-word": "#8A5A08",  # amber itself is too light to read as small text
    "moss": "#4E7A51",
    "slate": "#5B6475",
    "mist": "#9AA3B0",
    "haze": "#D5DAE1",
    "fog": "#EEF0F3",
    "sea-tint": "#CFE0E7",
    "lead-tint": "#F0D3CF",
    "amber-tint": "#F5E6C8",
    "moss-tint": "#D8E5D9",
    "group-1": "#1F5F7A",
    "group-2": "#7A4B7D",
    "group-3": "#A0692B",
    "group-4": "#2A8078",
    "group-5": "#4C5BA8",
    "group-6": "#A8506F",
    "group-7": "#6B752B",
    "group-8": "#5B6475",
    # from sea to amber in even steps of OKLab: low to high values of an input
    "value-0": "#1F5F7A",
    "value-1": "#446873",
    "value-2": "#61716A",
    "value-3": "#7C785F",
    "value-4": "#967F51",
    "value-5": "#AF853E",
    "value-6": "#C98A1B",
}
GROUP_COLOURS = 8
VALUE_STEPS = 7
# Steps of a map over a picture, from clearly against (sea) by nothing (white) to clearly for (amber), each laid over
# GREYS steps of brightness: as a marker lies over print, dark stays dark.
HEAT_STEPS, GREYS, DARKEST = 7, 8, 70
_TINTS = ("#5E9DB8", "#9CC3D3", "#D6E6EC", "#FFFFFF", "#F8E9C9", "#EBC479", "#DB9B2B")


def _laid_over(tint: str, grey: int) -> str:
    light = (DARKEST + (255 - DARKEST) * grey / (GREYS - 1)) / 255
    return "#" + "".join(f"{round(int(tint[at : at + 2], 16) * light):02X}" for at in (1, 3, 5))


COLOURS |= {f"heat-{step}-{grey}": _laid_over(tint, grey) for step, tint in enumerate(_TINTS) for grey in range(GREYS)}


def heat_colour(share: float, light: float = 1.0) -> str:
    """The colour name of a map's value as a share of the largest, -1 (against) to 1 (for), over a brightness 0 to 1."""
    middle = HEAT_STEPS // 2
    step = middle + round(max(-1.0, min(1.0, share)) * middle)
    return f"heat-{step}-{min(GREYS - 1, max(0, int(light * GREYS)))}"


def value_colour(position: float | None) -> str:
    """The colour name of a value by its place 0 (lowest) to 1 (highest) among all; grey where there is no order."""
    if position is None:
        return "mist"
    return f"value-{min(VALUE_STEPS - 1, max(0, int(position * VALUE_STEPS)))}"


class GroupColours:
    """Hands each group a colour on first sight and the same one ever after; the ninth group starts over."""

    def __init__(self) -> None:
        self._given: dict[Hashable, str] = {}

    def of(self, group: Hashable) -> str:
        """The colour name of `group`."""
        if group not in self._given:
            self._given[group] = f"group-{len(self._given) % GROUP_COLOURS + 1}"
        return self._given[group]
