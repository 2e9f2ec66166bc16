"""A stored study computed again as another database would give its inputs back."""

from actuarial.services import study_replay


def as_jsonb(value):
    """`value` with its keys in the order of PostgreSQL's jsonb: by length, then by letter."""
    if isinstance(value, dict):
        return {key: as_jsonb(value[key]) for key in sorted(value, key=lambda key: (len(key), key))}
    return [as_jsonb(one) for one in value] if isinstance(value, list) else value


def replayed(study):
    """The digest that `study` has when its stored inputs come back with their keys in another order."""
    study.inputs = as_jsonb(study.inputs)
    return study_replay(study=study)
