"""Strict input: a field nobody knows is refused by name, never dropped in silence, and so is text with hidden parts."""

import re
from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

# Control characters and line separators, and what turns the direction of writing: a page or paper would show a text
# other than the one that was sent.
_TURNING = "\u202a-\u202e\u2066-\u2069"
_IN_LINE = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029{_TURNING}]")
_IN_TEXT = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_TURNING}]")  # may have lines and tabs
# A field of at most so many characters is one line.
LINE = 300


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer that refuses unknown fields and says which it knows, and texts that cannot be read as they are."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                known = ", ".join(name for name, field in self.fields.items() if not field.read_only)
                raise serializers.ValidationError(dict.fromkeys(unknown, f"unknown field; known: {known}"))
            hidden = [name for name, value in data.items() if _hides(self.fields[name], value)]
            if hidden:
                message = "no control characters, nor any that turn the direction of writing (U+202A-202E, U+2066-2069)"
                raise serializers.ValidationError({name: [message] for name in hidden}, code="unprintable")
        return super().to_internal_value(data)


def _hides(field: serializers.Field[Any, Any, Any, Any], value: Any) -> bool:
    if isinstance(field, serializers.BaseSerializer):
        return False  # it looks itself
    if isinstance(field, serializers.CharField) and not field.trim_whitespace:
        return False  # a password is shown to nobody
    leaf = field.child if isinstance(field, serializers.ListField) else field
    longest = getattr(leaf, "max_length", None)
    return _found(_IN_TEXT if longest is None or longest > LINE else _IN_LINE, value)


def _found(pattern: re.Pattern[str], value: Any) -> bool:
    if isinstance(value, str):
        return pattern.search(value.strip()) is not None
    if isinstance(value, Mapping):
        return any(_found(pattern, part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(_found(pattern, part) for part in value)
