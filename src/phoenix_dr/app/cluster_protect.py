"""Recurring jobs of a Longhorn: what the policies want, what is there, what has to be set."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from phoenix_dr.app.cluster_seen import last
from phoenix_dr.app.context import Context
from phoenix_dr.app.ground import ground_of
from phoenix_dr.app.handed import is_prepared
from phoenix_dr.app.observe import observe
from phoenix_dr.core.actions import Action
from phoenix_dr.core.evidence import BlindSpot
from phoenix_dr.core.longhorn import LonghornState, RecurringJob
from phoenix_dr.core.losses import Ground, Loss
from phoenix_dr.core.plan import Plan, make_plan
from phoenix_dr.core.report import Finding
from phoenix_dr.core.volume_losses import losses_of_labels, losses_of_recurring_job
from phoenix_dr.core.volume_plan import VolumePlan, actions_of, jobs_after, plan, removal
from phoenix_dr.core.volume_strays import StrayLabel, stray_labels
from phoenix_dr.core.volume_wish_findings import find_in_wishes
from phoenix_dr.core.volume_wishes import Wish, assets_of, wishes
from phoenix_dr.errors import EngineUnreachable, PhoenixError

KIND = "longhorn"
STALE = timedelta(minutes=15)
"""A look that is older than this when a plan is made again did not take place."""


@dataclass(frozen=True, slots=True)
class Protection:
    """What one Longhorn is to run, and what setting it so takes.

    `asked` is False for a plan made without asking it, `blind` says why an answer was missing.
    `made` is None when its jobs were not read. `plan` is what `apply` would do, None where that
    is unknown or `refused`. `strays` are jobs no policy wants, `stray_labels` those by which a
    claim hangs on jobs of another policy, with what removing them would lose: Phoenix never does.
    `handed` is where a handover stands: "", `prepared`, `changed`, `verified`.
    """

    engine: str
    wishes: tuple[Wish, ...]
    findings: tuple[Finding, ...] = ()
    asked: bool = False
    blind: BlindSpot | None = None
    made: VolumePlan | None = None
    plan: Plan | None = None
    refused: PhoenixError | None = None
    strays: tuple[tuple[RecurringJob, tuple[Loss, ...]], ...] = ()
    stray_labels: tuple[tuple[StrayLabel, tuple[Loss, ...]], ...] = ()
    handed: str = ""
    state: LonghornState | None = None

    @property
    def jobs(self) -> tuple[RecurringJob, ...]:
        """Every job that is wanted."""
        return tuple(job for wish in self.wishes for job in wish.jobs)

    @property
    def is_known(self) -> bool:
        """Whether it was seen whole, so that what is not shown is not there."""
        return self.made is not None and self.blind is None and self.refused is None


def protection(ctx: Context, engine: str, *, offline: bool = False) -> Protection:
    """The jobs wanted on one Longhorn; asks it now unless `offline`.

    One that does not answer is planned without it, and says so. Raises UsageError for what
    Longhorn cannot say.
    """
    # What phoenix.yaml cannot say is said before anybody is asked.
    bare = wishes(ctx.estate, engine, None)
    state, blind = (None, None) if offline else _look(ctx, engine)
    if state is None:
        told = Protection(engine, bare, asked=not offline, blind=blind)
        return replace(
            told, findings=find_in_wishes(ctx.estate, engine, told.wishes, now=ctx.now())
        )
    wished = wishes(ctx.estate, engine, state)
    found = find_in_wishes(ctx.estate, engine, wished, now=ctx.now())
    told = Protection(engine, wished, found, asked=True, blind=blind, state=state)
    try:
        made = plan(wished, state)
        actions = actions_of(made, state, assets_of(ctx.estate, engine, state))
        ground = ground_of(ctx, (engine,))
        told = _with_strays(ctx, replace(told, made=made), state, ground)
        told = replace(told, plan=make_plan(actions, ground))
    except PhoenixError as refused:
        return replace(told, refused=refused)
    return replace(told, handed=_handed(ctx, told))


def remade(ctx: Context, engine: str, ground: Ground) -> tuple[Action, ...]:
    """What has to be set by its last look, on what is held now.

    Raises EngineUnreachable when that look did not bring its jobs.
    """
    state = last(ctx, engine)
    if state is None or state.observed_at < ground.now - STALE or state.jobs is None:
        raise EngineUnreachable("jobs-unread", engine=engine)
    made = plan(wishes(ctx.estate, engine, state), state)
    return actions_of(made, state, assets_of(ctx.estate, engine, state))


def verified(told: Protection) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Jobs and claims seen as they are wanted, and those that are not, or that nobody saw."""
    names = (*(job.name for job in told.jobs), *(c.id for w in told.wishes for c in w.claims))
    if told.made is None:
        return (), names
    wrong = {each.job.name for each in told.made.jobs} | {each.claim for each in told.made.labels}
    wrong |= {claim for claim, _ in told.made.beyond}
    return tuple(n for n in names if n not in wrong), tuple(n for n in names if n in wrong)


def _look(ctx: Context, engine: str) -> tuple[LonghornState | None, BlindSpot | None]:
    """Ask now; what it holds goes into the ledger, and claims of patterns become assets."""
    begun = ctx.now()
    (seen,) = observe(ctx, (engine,), force=True)
    ctx.reread_estate()
    state = last(ctx, engine)
    return (None if state is None or state.observed_at < begun else state), seen.blind


def _with_strays(
    ctx: Context, told: Protection, state: LonghornState, ground: Ground
) -> Protection:
    """With what is lost by removing each job and each label that no policy wants any more."""
    if told.made is None:
        return told
    assets = assets_of(ctx.estate, state.engine, state)
    jobs = jobs_after(told.made, state)
    labels = stray_labels(told.wishes, state, jobs=jobs, assets=assets)
    return replace(
        told,
        strays=tuple(
            (job, losses_of_recurring_job(removal(job, state, assets), ground))
            for job in told.made.strays
        ),
        stray_labels=tuple((each, losses_of_labels(each.action, ground)) for each in labels),
    )


def _handed(ctx: Context, told: Protection) -> str:
    """Where the handover stands, by what was noted and what is live now."""
    same = is_prepared(ctx, told.engine, handed_over(told))
    if same is None or told.made is None:
        return ""
    if not same:
        return "changed"
    return "prepared" if told.made.jobs or told.made.labels else "verified"


def handed_over(told: Protection) -> object:
    """What a handover consists of: the jobs, and the claims they are to take."""
    return [
        [asdict(job) for job in wish.jobs] + [claim.id for claim in wish.claims]
        for wish in told.wishes
    ]
