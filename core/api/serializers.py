"""Strict input: a field nobody knows is refused by name, never dropped in silence."""

from typing import Any

from rest_framework import serializers


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer that refuses unknown fields and says which it knows."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                known = ", ".join(name for name, field in self.fields.items() if not field.read_only)
                raise serializers.ValidationError(dict.fromkeys(unknown, f"unknown field; known: {known}"))
        return super().to_internal_value(data)
