"""The result of a reading: normalized values with their origins, everything raw, and warnings."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from image_processing.metadata import conflicts
from image_processing.metadata.fields import FIELDS, Field
from image_processing.metadata.kinds import KINDS
from image_processing.metadata.raw_tags import jsonable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from image_processing.metadata.conflicts import Conflict
    from image_processing.metadata.findings import Warning  # noqa: A004

__all__ = ["FIELDS", "Field", "ImageMetadata", "by_name", "schema"]

by_name: dict[str, Field] = {item.name: item for item in FIELDS}
_GROUPS = tuple(dict.fromkeys(item.group for item in FIELDS))


@dataclass(frozen=True)
class ImageMetadata:
    """The metadata of one image.

    `values` are normalized values by field name (record.FIELDS tells what each means), JSON-safe; `origins` tell
    for each which source gave it; `tags` are the raw values as read, by group and tag.
    """

    values: Mapping[str, Any]
    origins: Mapping[str, str]
    warnings: tuple[Warning, ...] = ()
    tags: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)

    @cached_property
    def conflicts(self) -> tuple[Conflict, ...]:
        """The fields for which sources contradict each other, the value of each, and the chosen one."""
        return conflicts.find(self.tags, self.values, self.origins)

    @cached_property
    def raw(self) -> Mapping[str, Mapping[str, Any]]:
        """Everything read, JSON-safe, capped in each value and in all; cut values say so."""
        return jsonable(self.tags)

    def get(self, name: str, default: Any = None) -> Any:
        """Give a normalized value, or `default` where there is none."""
        return self.values.get(name, default)

    def to_dict(self, *, private: bool = True) -> dict[str, dict[str, Any]]:
        """Give the values nested by group; without the private ones if asked."""
        values = self.values if private else self._public()
        nested: dict[str, dict[str, Any]] = {group: {} for group in _GROUPS}
        for item in FIELDS:
            if item.name in values:
                nested[item.group][item.name] = values[item.name]
        return {group: values for group, values in nested.items() if values}

    def _public(self) -> dict[str, Any]:
        """Return the values that are not private; an offset that was derived from the place or GPS time is."""
        shown = {name: value for name, value in self.values.items() if not by_name[name].private}
        if self.origins.get("date_offset", "").startswith("derived:"):
            offset = shown.pop("date_offset")
            if "taken_at" in shown:
                shown["taken_at"] = shown["taken_at"].removesuffix(offset)
        return shown


def schema() -> dict[str, Any]:
    """Give the JSON schema (2020-12) of ImageMetadata.to_dict()."""
    groups: dict[str, Any] = {group: {} for group in _GROUPS}
    for item in FIELDS:
        unit = f" ({item.unit})" if item.unit else ""
        groups[item.group][item.name] = KINDS[item.kind].json | {"description": item.meaning + unit}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ImageMetadata",
        "type": "object",
        "properties": {
            group: {"type": "object", "properties": properties, "additionalProperties": False}
            for group, properties in groups.items()
        },
        "additionalProperties": False,
    }
