"""Does what the interface makes fit what a model takes? Questions every format asks."""

from collections.abc import Sequence

from audits.interface import Interface
from audits.sandbox.models.shape import ModelCode, Rejected


def numbers_only(interface: Interface) -> None:
    """Raises Rejected if the interface sends text to a format that takes numbers alone."""
    if interface.texts:
        raise Rejected(ModelCode.TEXT, detail=interface.texts[0])


def features_fit(interface: Interface, wanted: int, names: Sequence[str] = ()) -> None:
    """Raises Rejected if the model wants another number of features, or the same names in another order."""
    made = interface.features
    if len(made) != wanted:
        raise Rejected(ModelCode.FEATURES, detail=str(len(made)), number=wanted)
    if list(names) != list(made) and sorted(names) == sorted(made):
        raise Rejected(ModelCode.FEATURE_ORDER, detail=", ".join(names))
