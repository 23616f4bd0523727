"""Retention rules in words: counts are counts, and only durations are said in days."""

from __future__ import annotations

from dataclasses import fields

from phoenix_dr.core.model import RetentionRule, SpanRule
from phoenix_dr.render import units
from phoenix_dr.render.view import Safe, View


def rule(given: RetentionRule, view: View) -> Safe:
    """`7 daily, 4 weekly, 6 monthly`; everything, when no rule is set."""
    if given.is_empty:
        return view.say("rule.everything")
    parts = [
        _count(field.name, getattr(given, field.name), view)
        for field in fields(given)
        if field.name != "within" and getattr(given, field.name)
    ]
    if given.within is not None:
        span = units.duration(given.within.total_seconds(), view.language)
        parts.append(view.say("rule.young", {"span": span}))
    return view.join(parts)


def _count(part: str, count: int, view: View) -> Safe:
    return view.say(f"rule.{part}-one" if count == 1 else f"rule.{part}", {"count": count})


def span_rule(given: SpanRule | None, view: View) -> Safe:
    """`30 d, at most 50 GB`; for ever, when there is no limit."""
    if given is None or (given.within is None and given.size is None):
        return view.say("rule.for-ever")
    parts = []
    if given.within is not None:
        parts.append(_within(given.within.total_seconds(), view))
    if given.size is not None:
        parts.append(view.say("rule.size", {"size": units.size(given.size, view.language)}))
    return view.join(parts)


def _within(seconds: float, view: View) -> Safe:
    return view.say("rule.within", {"span": units.duration(seconds, view.language)})
