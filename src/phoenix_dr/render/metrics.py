"""Families of samples as text that Prometheus scrapes, in a form both of its formats take.

Every family is a gauge and nothing but HELP and TYPE is said of it: OpenMetrics and the older
text format, which node_exporter's textfile collector reads, mean the same by that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from phoenix_dr.core.metrics import Family, Sample

END = "# EOF"
"""Ends OpenMetrics; a comment in the older format."""


def text(families: Iterable[Family]) -> str:
    """Everything, ready to be served or written."""
    return "\n".join((*_lines(families), END, ""))


def _lines(families: Iterable[Family]) -> Iterator[str]:
    for family in families:
        yield f"# HELP {family.name} {_escaped(family.about)}"
        yield f"# TYPE {family.name} gauge"
        yield from (
            f"{family.name}{_labels(each)} {_number(each.value)}" for each in family.samples
        )


def _labels(sample: Sample) -> str:
    named = ",".join(f'{name}="{_escaped(value)}"' for name, value in sample.labels)
    return f"{{{named}}}" if named else ""


def _escaped(value: str) -> str:
    """A name is anybody's text: no line break, and no byte that is no text, may end a line."""
    plain = value.encode("utf-8", "replace").decode()
    return plain.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"').replace("\r", " ")


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
