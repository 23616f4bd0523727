"""Backup jobs as an Ansible playbook of `ansible.builtin` alone, for a Proxmox node."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from phoenix_dr.core.vzdump import parameters
from phoenix_dr.core.vzdump_job import VzdumpJob
from phoenix_dr.core.vzdump_plan import unwanted
from phoenix_dr.render.phrases import sentence
from phoenix_dr.render.yaml_text import scalar, slug

FILE = "backup-jobs.yml"
TEMPLATES = ("{{", "{%", "{#")
PLAY = """\
---
# {head}
- name: {title}
  hosts: "{{{{ proxmox_node | default('{host}') }}}}"
  become: true
  gather_facts: false
  run_once: true
  vars:
    phoenix_jobs:
{jobs}
"""
# What PVE leaves out has a default, an object may be a property string, and lists have no order.
TASKS = """\
    phoenix_defaults:
      all: "0"
      compress: "0"
      enabled: "1"
      mode: snapshot
      remove: "1"
      repeat-missed: "0"
      storage: local
    phoenix_there: >-
      {{ phoenix_found.stdout | from_json
      | selectattr('id', 'equalto', item.id) | first | default({}) }}
    phoenix_clear: "{{ item.unwanted | select('in', phoenix_there) | list }}"
    phoenix_options: >-
      {{ item.wanted.keys() | map('regex_replace', '^', '--')
      | zip(item.wanted.values()) | flatten }}
    phoenix_differs: >-
      {%- set found = namespace(names=[]) -%}
      {%- for name, value in item.wanted.items() -%}
      {%- set given = phoenix_there[name] | default(phoenix_defaults[name] | default('')) -%}
      {%- if given is mapping -%}
      {%- set given = given.keys() | zip(given.values() | map('string'))
      | map('join', '=') | join(',') -%}
      {%- endif -%}
      {%- if (given | string).split(',') | sort != (value | string).split(',') | sort -%}
      {%- set found.names = found.names + [name] -%}
      {%- endif -%}
      {%- endfor -%}
      {{ (found.names + phoenix_clear) | join(' ') }}
  tasks:
    - name: Read the backup jobs
      ansible.builtin.command:
        argv: [pvesh, get, /cluster/backup, --output-format, json]
      register: phoenix_found
      changed_when: false
      check_mode: false

    - name: Create the jobs that are missing
      ansible.builtin.command:
        argv: "{{ ['pvesh', 'create', '/cluster/backup', '--id', item.id] + phoenix_options }}"
      loop: "{{ phoenix_jobs }}"
      loop_control:
        label: "{{ item.id }}"
      when: phoenix_there | length == 0
      changed_when: true

    - name: Set the jobs that differ
      ansible.builtin.command:
        argv: >-
          {{ ['pvesh', 'set', '/cluster/backup/' ~ item.id] + phoenix_options
          + (['--delete', phoenix_clear | join(',')] if phoenix_clear else []) }}
      loop: "{{ phoenix_jobs }}"
      loop_control:
        label: "{{ item.id }}: {{ phoenix_differs }}"
      when:
        - phoenix_there | length > 0
        - phoenix_differs | trim | length > 0
      changed_when: true
"""


def playbook(engine: str, jobs: Sequence[VzdumpJob], *, language: str) -> str:
    """Creates each job, sets it only when it differs, and holds no secret.

    It runs on the node named like the engine unless `proxmox_node` says another.
    """
    play = PLAY.format(
        head=sentence(language, "handoff.head", engine=engine),
        title=scalar(sentence(language, "handoff.play", engine=engine)),
        host=slug(engine),
        jobs="\n".join(line for job in jobs for line in _job(job)),
    )
    return play + TASKS


def _job(job: VzdumpJob) -> Iterator[str]:
    yield f"      - id: {scalar(job.id)}"
    yield "        wanted:"
    for name, value in parameters(job).items():
        yield f"          {name}: {_value(value)}"
    yield f"        unwanted: [{', '.join(unwanted(job))}]"


def _value(text: str) -> str:
    """A string that neither YAML nor Jinja makes anything else of."""
    marked = any(mark in text for mark in TEMPLATES)
    return f"!unsafe {scalar(text)}" if marked else scalar(text)
