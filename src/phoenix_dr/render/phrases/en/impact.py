"""What a change of backups or retention reaches, in English."""

PHRASES: dict[str, str] = {
    "impact.touched": "Impact: this touches {names}",
    "impact.services": "Need it, by phoenix.yaml: {names}",
    "impact.absent": "Dependency graph: not available (dependency-graph.md); nobody else was looked for.",
    "impact.nothing": "Dependency graph: names nothing of this.",
    "impact.graph": "Dependency graph: {named}; need it: {reached}",
    "impact.who": "To tell: {agents}; data: {data}",
    "impact.against": "Contradiction: phoenix.yaml says that {one} needs {other}, the graph the opposite.",
    "impact.cut": "Dependency graph: too long, only its beginning was read; others may be concerned.",
    "impact.against-more": "Contradictions: {count} more, see contradiction-log.md once the change is made.",
    "learning.failed": "The drill of `{asset}` from `{engine}` failed: `{checks}`",
    "learning.unseen": "A copy of `{asset}` broken on purpose went unnoticed: its checks do not see such damage",
    "learning.stopped": "The drill of `{asset}` could not be run (`{code}`): nothing is proved",
    "learning.change": "A change of `{engine}` failed: `{code}`",
    "learning.change-of": "A change of `{asset}` on `{engine}` failed: `{code}`",
}
