"""`python -m bench`: measure the goals of bars.toml and write one JSON file.

Exit 0 whether goals are held or missed, 1 when a measurement itself is broken (a command failed,
the two sides did not do the same work), 2 for wrong words.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path

from bench import results
from bench.pair import Broken, Outcome, Skip
from bench.place import Place
from bench.results import BROKEN, SKIPPED, Bar, Verdict
from bench.sizes import SIZES, Size

PHOENIX = Path(sys.executable).parent / "phoenix"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for, show it, keep it."""
    asked = _parser().parse_args(arguments)
    only = [name for name in (asked.only or "").split(",") if name]
    chosen = [bar for bar in results.bars() if bar.is_asked(only)]
    if not chosen:
        print(f"no such goal: {asked.only}", file=sys.stderr)
        return 2
    before = results.load()
    print(f"load {before[0]:.2f} at the start, size {asked.size}", flush=True)
    outcomes: dict[str, Outcome] = {}
    verdicts = []
    for verdict in _measured(chosen, SIZES[asked.size], asked.phoenix, outcomes):
        print(verdict.line(), flush=True)
        verdicts.append(verdict)
    found = results.document(asked.size, verdicts, outcomes, before)
    path = results.keep(found, asked.json)
    noisy = "; NOISY: the machine was busy" if found["noisy"] else ""
    print(f"load {found['load']['end'][0]:.2f} at the end{noisy}\n{path.name}")
    return 1 if any(verdict.state == BROKEN for verdict in verdicts) else 0


def _measured(
    chosen: Sequence[Bar], size: Size, phoenix: Path, outcomes: dict[str, Outcome]
) -> Iterator[Verdict]:
    for name in dict.fromkeys(bar.case for bar in chosen):
        of_case = [bar for bar in chosen if bar.case == name]
        try:
            with Place(phoenix) as place:
                outcomes[name] = import_module(f"bench.cases.{name}").run_case(place, size)
        except Skip as reason:
            yield from (Verdict(bar, SKIPPED, reason=str(reason)) for bar in of_case)
        except Broken as reason:
            yield from (Verdict(bar, BROKEN, reason=str(reason)) for bar in of_case)
        else:
            yield from (results.judge(bar, outcomes[name]) for bar in of_case)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    sizes = parser.add_mutually_exclusive_group()
    for name, said in (
        ("full", "figures worth keeping; about a quarter of an hour (default)"),
        ("quick", "smaller data, fewer rounds"),
        ("smoke", "the smallest run: only counts and proportions mean anything"),
    ):
        sizes.add_argument(f"--{name}", dest="size", action="store_const", const=name, help=said)
    parser.set_defaults(size="full")
    parser.add_argument("--only", metavar="P1,P8", help="these goals alone")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the run there")
    parser.add_argument(
        "--phoenix", type=Path, default=PHOENIX, metavar="FILE", help="the command to measure"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
