"""Front matter: a small, safe part of YAML in which every value is text, read with the line of every field."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

from casebase.domain.fault import Fault
from casebase.domain.text import control_characters

if TYPE_CHECKING:
    from collections.abc import Mapping

Value: TypeAlias = "str | list[Value] | dict[str, Value]"
Where: TypeAlias = tuple["str | int", ...]

_DEEPEST = 8
_INLINE_CHARACTERS = 100
_OPENED = ("while scanning a quoted scalar", "while scanning a simple key", "while parsing a flow")
"""What libyaml says it was at when it missed the end of something."""


@dataclass(slots=True)
class FrontMatter:
    """The fields, the line of each by its path, and what is wrong with the YAML itself."""

    fields: dict[str, Value] = field(default_factory=dict)
    lines: dict[Where, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def line(self, where: Where) -> int | None:
        """Return the line of a field, or of the nearest field around it."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where)


def read_front_matter(source: str, *, first_line: int) -> FrontMatter:
    """Read YAML whose first line is line `first_line` of the file. Never raises; a field without a value is left out.

    Anchors and aliases are refused (ten of them can stand for a billion values), nesting deeper than eight levels too.
    """
    front = FrontMatter()
    try:
        if not _is_plain(source, front, first_line):
            return front
        root = yaml.compose(source, Loader=yaml.CBaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = _mark(error)
        front.faults.append(Fault("yaml.syntax", line=first_line + mark.line if mark else first_line))
        return front
    except (yaml.YAMLError, UnicodeEncodeError):
        front.faults.append(Fault("yaml.characters", line=first_line + _line_of_control(source)))
        return front
    if isinstance(root, yaml.MappingNode):
        front.fields = _read_mapping(root, (), front, first_line)
    else:
        front.faults.append(Fault("yaml.not_fields", line=first_line))
    return front


def _mark(error: yaml.MarkedYAMLError) -> yaml.Mark | None:
    """Return where the fault is: where a quote or bracket was opened that nothing closes, not the end of the file."""
    opened = (error.context or "").startswith(_OPENED)
    return error.context_mark if opened and error.context_mark else error.problem_mark


def _line_of_control(source: str) -> int:
    return next((number for number, line in enumerate(source.split("\n")) if control_characters(line)), 0)


def _is_plain(source: str, front: FrontMatter, first_line: int) -> bool:
    depth = 0
    for event in yaml.parse(source, Loader=yaml.CBaseLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST or isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            line = event.start_mark.line if event.start_mark else 0
            front.faults.append(Fault("yaml.not_plain", line=first_line + line))
            return False
    return True


def _read(node: yaml.Node, where: Where, front: FrontMatter, first_line: int) -> Value:
    front.lines.setdefault(where, first_line + node.start_mark.line)
    if isinstance(node, yaml.MappingNode):
        return _read_mapping(node, where, front, first_line)
    if isinstance(node, yaml.SequenceNode):
        return [_read(item, (*where, place), front, first_line) for place, item in enumerate(node.value)]
    return str(node.value)


def _read_mapping(node: yaml.MappingNode, where: Where, front: FrontMatter, first_line: int) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), first_line + key_node.start_mark.line
        if not isinstance(key_node, yaml.ScalarNode):
            front.faults.append(Fault("yaml.not_plain", line=line))
            continue
        if key in values:
            front.faults.append(Fault("yaml.repeated_field", where=".".join(map(str, (*where, key))), line=line))
            continue
        front.lines[(*where, key)] = line
        value = _read(value_node, (*where, key), front, first_line)
        if value != "":
            values[key] = value
    return values


class _Dumper(yaml.BaseDumper):
    """Writes plain block style with short lists of words on one line, and never an alias."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - PyYAML's signature
        super().increase_indent(flow, indentless=False)


def _represent_list(dumper: _Dumper, items: list[Any]) -> yaml.Node:
    inline = all(isinstance(item, str) for item in items) and sum(map(len, items)) <= _INLINE_CHARACTERS
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=inline)


_Dumper.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text))
_Dumper.add_representer(dict, lambda dumper, mapping: dumper.represent_mapping("tag:yaml.org,2002:map", mapping.items()))
_Dumper.add_representer(list, _represent_list)


def _as_text(value: object) -> Value:
    if isinstance(value, dict):
        return {str(key): _as_text(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_as_text(item) for item in value]
    return str(value)


def write_front_matter(fields: Mapping[str, object]) -> str:
    """Return the fields as YAML that `read_front_matter` reads back to the same texts."""
    return yaml.dump(
        _as_text(dict(fields)), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000, default_flow_style=False
    )
