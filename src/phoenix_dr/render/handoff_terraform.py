"""Backup jobs as Terraform for the provider bpg/proxmox: it parses; no provider has seen it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from phoenix_dr.core.vzdump import counts
from phoenix_dr.core.vzdump_job import VzdumpJob
from phoenix_dr.render.phrases import sentence

FILE = "backup-jobs.tf"
VERSION = ">= 0.112.0"
"""The first version whose `exclude` is a list; `proxmox_backup_job` came shortly before."""
HEAD = """\
# {head}
terraform {{
  required_providers {{
    proxmox = {{
      source  = "bpg/proxmox"
      version = "{version}"
    }}
  }}
}}
"""

Value = str | bool | Sequence[str] | Mapping[str, str | bool]


def configuration(engine: str, jobs: Sequence[VzdumpJob], *, language: str) -> str:
    """One resource per job, in the form `terraform fmt` leaves alone.

    The provider has no comment, so the job gets none.
    """
    head = sentence(language, "handoff.head", engine=engine)
    parts = [HEAD.format(head=head, version=VERSION)]
    parts += ["\n".join(_resource(job)) + "\n" for job in jobs]
    return "\n".join(parts)


def resource(job: VzdumpJob) -> str:
    """The address of a job's resource."""
    return f"proxmox_backup_job.{_name(job)}"


def _resource(job: VzdumpJob) -> Iterator[str]:
    values = dict(_values(job))
    width = max(map(len, values))
    yield f'resource "proxmox_backup_job" "{_name(job)}" {{'
    yield from (f"  {name:<{width}} = {_written(value)}" for name, value in values.items())
    yield "}"


def _values(job: VzdumpJob) -> Iterator[tuple[str, Value]]:
    yield from (("id", job.id), ("schedule", job.schedule), ("storage", job.storage))
    if job.pool is not None:
        yield "pool", job.pool
    elif job.every:
        yield "all", True
    else:
        yield "vmid", [str(vmid) for vmid in sorted(job.vmids)]
    if job.exclude and not job.vmids:
        yield "exclude", [str(vmid) for vmid in sorted(job.exclude)]
    if job.node is not None:
        yield "node", job.node
    yield from (("enabled", job.enabled), ("mode", job.mode), ("compress", job.compress))
    if job.keep is not None:
        kept = {f"keep-{name}": str(count) for name, count in counts(job.keep).items()}
        yield "prune_backups", kept or {"keep-all": "1"}
    yield from (("remove", job.remove), ("repeat_missed", job.repeat_missed))
    if job.notes_template is not None:
        yield "notes_template", job.notes_template
    if job.fleecing is not None:
        yield "fleecing", _fleecing(job.fleecing)


def _fleecing(given: str) -> dict[str, str | bool]:
    pairs = dict(part.split("=", 1) for part in given.split(",") if "=" in part)
    return {name: value == "1" if name == "enabled" else value for name, value in pairs.items()}


def _written(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_written(each)}" for key, each in value.items()) + " }"
    return "[" + ", ".join(map(quoted, value)) + "]"


def quoted(text: str) -> str:
    """A string HCL reads back unchanged: no template of it is ever filled in."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "$${").replace("%{", "%%{")
    return (
        '"' + "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in plain) + '"'
    )


def _name(job: VzdumpJob) -> str:
    return job.id.replace("-", "_")
