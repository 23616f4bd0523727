"""Files of arguments: what they ask for, and edits that change nothing else."""

from __future__ import annotations

import shlex
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_dr.adapters.prometheus import amounts, arguments
from phoenix_dr.adapters.prometheus.arguments import Unclear
from phoenix_dr.core.model import DAY, SpanRule

TIME, SIZE = "--storage.tsdb.retention.time", "--storage.tsdb.retention.size"
MONTH = SpanRule("", 30 * DAY, None)

# Each text under the rule of 30 days becomes the second one, byte by byte.
TO_A_MONTH = {
    "empty": ('ARGS=""\n', f'ARGS="{TIME}=30d"\n'),
    "nothing": ("ARGS=\n", f'ARGS="{TIME}=30d"\n'),
    "a bare word": ("ARGS=--web.x\n", f'ARGS="--web.x {TIME}=30d"\n'),
    "no newline at the end": (f'ARGS="{TIME}=5d"', f'ARGS="{TIME}=30d"'),
    "no newline, nothing set": ("ARGS='--web.x'", f"ARGS='--web.x {TIME}=30d'"),
    "windows": (f'# a\r\nARGS="{TIME}=5d"\r\n', f'# a\r\nARGS="{TIME}=30d"\r\n'),
    "windows, bare": ("ARGS=--web.x\r\nB=1\r\n", f'ARGS="--web.x {TIME}=30d"\r\nB=1\r\n'),
    "apart": (f'ARGS="{TIME} 5d --web.x"\n', f'ARGS="{TIME} 30d --web.x"\n'),
    "single quotes": (f"ARGS='{TIME}=5d'\n", f"ARGS='{TIME}=30d'\n"),
    "quotes inside": (f"ARGS='{TIME}=\"5d\" -x'\n", f"ARGS='{TIME}=\"30d\" -x'\n"),
    "escaped quotes": (f'ARGS="{TIME}=\\"5d\\""\n', f'ARGS="{TIME}=\\"30d\\""\n'),
    "several lines": (
        f'ARGS="--a=b \\\n  {TIME}=5d \\\n  --c"\n',
        f'ARGS="--a=b \\\n  {TIME}=30d \\\n  --c"\n',
    ),
    "several lines, not set": ('ARGS="--a \\\n --c"\n', f'ARGS="--a \\\n --c {TIME}=30d"\n'),
    "over the line's end": (f'ARGS="{TIME} \\\n  5d"\n', f'ARGS="{TIME} \\\n  30d"\n'),
    "twice": (f'ARGS="{TIME}=5d -x {TIME}=6d"\n', f'ARGS="{TIME}=30d -x"\n'),
    "old name": (
        'ARGS="--storage.tsdb.retention=5d -x"\n',
        'ARGS="--storage.tsdb.retention=30d -x"\n',
    ),
    "old and new name": (
        f'ARGS="--storage.tsdb.retention=5d {TIME}=6d"\n',
        f'ARGS="{TIME}=30d"\n',
    ),
    "size goes": (f'ARGS="{SIZE}=5GB {TIME}=5d"\n', f'ARGS="{TIME}=30d"\n'),
    "comments": (
        f'#ARGS="{TIME}=1d"\n;  {TIME}=2d\nARGS="{TIME}=5d" # not {TIME}=3d\n',
        f'#ARGS="{TIME}=1d"\n;  {TIME}=2d\nARGS="{TIME}=30d" # not {TIME}=3d\n',
    ),
    "the last one counts": (
        f'ARGS="{TIME}=5d"\nARGS="{TIME}=6d"\n',
        f'ARGS="{TIME}=5d"\nARGS="{TIME}=30d"\n',
    ),
    "another variable": (
        f'ARGS="--web.x"\nSTORAGE_RETENTION="{TIME}=5d"\n',
        f'ARGS="--web.x"\nSTORAGE_RETENTION="{TIME}=30d"\n',
    ),
    "a unit": (
        f"[Service]\nType=simple\nExecStart=/usr/bin/prometheus -x {TIME}=5d\nRestart=always\n",
        f"[Service]\nType=simple\nExecStart=/usr/bin/prometheus -x {TIME}=30d\nRestart=always\n",
    ),
    "a drop-in": (
        "[Service]\nExecStart=\nExecStart=/usr/bin/prometheus \\\n  --web.x\n",
        f"[Service]\nExecStart=\nExecStart=/usr/bin/prometheus \\\n  --web.x {TIME}=30d\n",
    ),
    "a comment inside a unit's line": (
        f"ExecStart=/usr/bin/prometheus \\\n# was {TIME}=1d\n  '{TIME}=5d' \\\n  --web.x\n",
        f"ExecStart=/usr/bin/prometheus \\\n# was {TIME}=1d\n  '{TIME}=30d' \\\n  --web.x\n",
    ),
    "bytes that are no text": ('ARGS="--a=\udcff"\n', f'ARGS="--a=\udcff {TIME}=30d"\n'),
    "set already": (f'ARGS="{TIME}=30d"', f'ARGS="{TIME}=30d"'),
}


@pytest.mark.parametrize(("before", "after"), TO_A_MONTH.values(), ids=TO_A_MONTH)
def test_only_the_retention_is_touched(before: str, after: str) -> None:
    made = arguments.edited(before, MONTH)
    assert made == after
    assert arguments.read(made) == MONTH
    assert arguments.edited(made, MONTH) == made


UNCLEAR = {
    "nothing": "",
    "no arguments": "PATH=/bin\n",
    "two variables": f'ARGS="{TIME}=5d"\nMORE_ARGS="{SIZE}=5GB"\n',
    "two names, neither set": 'ARGS="-a"\nMORE_ARGS="-b"\n',
    "an open quote": 'ARGS="-a\n',
    "from elsewhere": "ExecStart=/usr/bin/prometheus $ARGS\n",
    "a value from elsewhere": f'ARGS="{TIME}=$KEEP"\n',
    "no value": f'ARGS="{TIME}"\n',
    "bare and escaped": "ARGS=-a\\ b\n",
    "all inside a comment": f'# ARGS="{TIME}=5d"\n',
}


@pytest.mark.parametrize("text", UNCLEAR.values(), ids=UNCLEAR)
def test_what_is_not_plain_is_left_alone(text: str) -> None:
    with pytest.raises(Unclear):
        arguments.edited(text, MONTH)


def test_a_file_that_sets_nothing_asks_for_the_default() -> None:
    assert arguments.read('ARGS=""\n') == SpanRule("", 15 * DAY, None)
    assert not arguments.stands('ARGS=""\n')
    assert arguments.stands(f'ARGS="{SIZE}=1GB"\n')
    assert arguments.read(f'ARGS="{SIZE}=1GB"\n') == SpanRule("", None, 1 << 30)


def test_a_time_prometheus_does_not_know_is_no_rule() -> None:
    with pytest.raises(Unclear):
        arguments.read(f'ARGS="{TIME}=soon"\n')


def test_for_ever_is_written_out() -> None:
    made = arguments.edited(f'ARGS="{TIME}=5d {SIZE}=1GB"\n', SpanRule())
    assert made == f'ARGS="{TIME}=100y"\n'
    assert arguments.read(made) == SpanRule()


FLAGS = st.sampled_from(
    [f"{TIME}=5d", f"{TIME} 2w", f"{SIZE}=1GB", f"{SIZE} 512MB", "--storage.tsdb.retention=9d"]
)
OTHERS = st.sampled_from(
    ["--web.x", "--web.y=z", "--a='b'", "-v", "--log.level debug", "--r=^a|b$"]
)
GAPS = st.sampled_from([" ", "  ", "\t", " \\\n", " \\\n    "])
RULES = st.builds(
    SpanRule,
    st.just(""),
    st.none() | st.timedeltas(timedelta(hours=2), 2000 * DAY).map(lambda t: t - t % DAY + DAY),
    st.none() | st.integers(1, 1 << 50),
)


@given(st.lists(FLAGS | OTHERS, max_size=8), st.data(), RULES, st.booleans())
def test_any_arguments_read_as_before_but_for_the_rule(
    words: list[str], data: st.DataObject, rule: SpanRule, unit: bool
) -> None:
    text = "".join(data.draw(GAPS) + word for word in words)
    head, tail = ("ExecStart=/bin/prometheus", "\nX=1\n") if unit else ('ARGS="', '"\nX=1\n')
    before = f"# {TIME}=1d\n{head}{text}{tail}"
    after = arguments.edited(before, rule)
    assert arguments.read(after) == rule
    assert others(after) == others(before)
    assert after.startswith(f"# {TIME}=1d\n{head}")
    assert after.endswith("\nX=1\n")


def others(text: str) -> list[str]:
    """The words of a file that have nothing to do with retention."""
    words = iter(shlex.split(text.split("\n", 1)[1].replace("\\\n", " ").replace('"', " ")))
    return [
        word
        for word in words
        if not word.startswith("--storage.tsdb.retention")
        or ("=" not in word and next(words, None) is None)
    ]


@given(st.text(alphabet="ARGS=\"'\\ \n#-d5x$" + "r", max_size=40), RULES)
def test_no_text_is_edited_into_another_meaning(noise: str, rule: SpanRule) -> None:
    text = f'{noise}\nARGS="{TIME}=5d"\n'
    try:
        made = arguments.edited(text, rule)
    except Unclear:
        return
    assert arguments.read(made) == rule


@given(RULES)
def test_amounts_come_back_as_they_were(rule: SpanRule) -> None:
    assert amounts.rule(*amounts.words(rule)) == rule


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("15d", 15 * DAY),
        ("1d12h", 1.5 * DAY),
        ("2w", 14 * DAY),
        ("10y", 3650 * DAY),
        ("90m", timedelta(minutes=90)),
        ("1s500ms", timedelta(seconds=1.5)),
        ("0s", 0 * DAY),
        ("0", 0 * DAY),
    ],
)
def test_durations_are_read_as_prometheus_writes_them(text: str, length: timedelta) -> None:
    assert amounts.duration(text) == length


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("46GiB579MiB733KiB", 46 << 30 | 579 << 20 | 733 << 10),
        ("1.5GB", 3 << 29),
        ("10B", 10),
        ("48828125KB", 50_000_000_000),
        ("512MB", 512 << 20),
        ("1PB", 1 << 50),
        ("0", 0),
    ],
)
def test_sizes_count_in_steps_of_1024(text: str, count: int) -> None:
    assert amounts.size(text) == count


@pytest.mark.parametrize("text", ["", "d", "5", "-5d", "5 d", "1d2", "80%", "5D", "1e3d", "9" * 30])
def test_nonsense_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        amounts.duration(text)
    with pytest.raises(ValueError, match=r".*"):
        amounts.size(text)


@pytest.mark.parametrize(
    ("rule", "fit"),
    [
        (SpanRule("", 2 * DAY, None), True),
        (SpanRule("", timedelta(minutes=119), None), False),
        (SpanRule("", -DAY, None), False),
        (SpanRule("", None, 0), False),
        (SpanRule("", None, -1), False),
        (SpanRule("", None, 1 << 63), False),
        (SpanRule('{job="x"}', DAY, None), False),
    ],
)
def test_a_rule_prometheus_cannot_keep_is_unfit(rule: SpanRule, fit: bool) -> None:
    assert amounts.is_fit(rule) is fit
