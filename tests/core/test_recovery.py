"""The order in which services come back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_dr.core.model import Criticality, Service
from phoenix_dr.core.recovery import cumulative, effective_criticality, order
from phoenix_dr.errors import UsageError

CRITICAL, IMPORTANT, NICE = Criticality


def services(*described: Service) -> dict[str, Service]:
    return {service.name: service for service in described}


def needs(name: str, *others: str, criticality: Criticality = IMPORTANT) -> Service:
    return Service(name, criticality, others)


HOMELAB = services(
    needs("media", "cluster", criticality=NICE),
    needs("wiki", "traefik"),
    needs("cluster", "dns", criticality=CRITICAL),
    needs("traefik", "dns", criticality=CRITICAL),
    needs("ollama", criticality=NICE),
    needs("dns"),
)


def test_what_is_needed_comes_first_and_the_critical_before_the_rest() -> None:
    assert order(HOMELAB) == (("dns",), ("cluster", "traefik"), ("wiki",), ("media", "ollama"))


def test_the_order_in_the_file_does_not_matter() -> None:
    turned = dict(reversed(HOMELAB.items()))
    assert order(turned) == order(HOMELAB)


def test_a_dependency_is_as_critical_as_what_needs_it_however_far() -> None:
    chain = services(
        needs("disk", criticality=NICE),
        needs("database", "disk"),
        needs("vault", "database", criticality=CRITICAL),
        needs("blog", "database", criticality=NICE),
    )
    assert effective_criticality(chain) == {
        "disk": CRITICAL,
        "database": CRITICAL,
        "vault": CRITICAL,
        "blog": NICE,
    }
    assert order(chain) == (("disk",), ("database",), ("vault",), ("blog",))


CYCLES = {
    "itself": (services(needs("a", "a")), "a → a"),
    "two": (services(needs("b", "a"), needs("a", "b")), "a → b → a"),
    "three, read as `needs`": (
        services(needs("wiki", "proxy"), needs("proxy", "dns"), needs("dns", "wiki")),
        "dns → wiki → proxy → dns",
    ),
}


@pytest.mark.parametrize(("described", "ring"), CYCLES.values(), ids=CYCLES.keys())
def test_a_cycle_is_named(described: dict[str, Service], ring: str) -> None:
    with pytest.raises(UsageError) as caught:
        order(described)
    assert (caught.value.code, caught.value.parameters) == ("dependency-cycle", {"cycle": ring})


def test_a_dependency_nobody_described() -> None:
    with pytest.raises(UsageError) as caught:
        order(services(needs("wiki", "traefik")))
    assert caught.value.code == "dependency-unknown"
    assert caught.value.parameters == {"service": "wiki", "dependency": "traefik"}


def test_nothing_to_restore() -> None:
    assert order({}) == ()


def test_seconds_add_up_until_the_first_service_never_measured() -> None:
    waves = (("dns",), ("cluster", "traefik"), ("wiki",))
    measured = {"dns": 1.5, "cluster": 2.0, "traefik": None, "wiki": 3.0}
    assert cumulative(waves, measured) == {
        "dns": 1.5,
        "cluster": 3.5,
        "traefik": None,
        "wiki": None,
    }
    assert cumulative(waves, {})["dns"] is None


@st.composite
def estates(draw: st.DrawFn) -> dict[str, Service]:
    """Services that need only those with a higher number, named so that names mislead."""
    count = draw(st.integers(0, 9))
    described = []
    for number in range(count):
        later = [f"s{9 - other}" for other in range(number + 1, count)]
        chosen = draw(st.lists(st.sampled_from(later), unique=True)) if later else []
        described.append(
            needs(f"s{9 - number}", *chosen, criticality=draw(st.sampled_from(list(Criticality))))
        )
    return services(*described)


@given(estates())
def test_everything_a_service_needs_is_in_an_earlier_wave(described: dict[str, Service]) -> None:
    waves = order(described)
    at = {name: index for index, wave in enumerate(waves) for name in wave}
    assert sorted(at) == sorted(described)
    assert sum(map(len, waves)) == len(described)
    for name, service in described.items():
        assert all(at[need] < at[name] for need in service.depends_on)


@given(estates())
def test_nothing_is_less_critical_than_what_needs_it(described: dict[str, Service]) -> None:
    effective = effective_criticality(described)
    for name, service in described.items():
        assert effective[name].rank <= service.criticality.rank
        assert all(effective[need].rank <= effective[name].rank for need in service.depends_on)
    # Nobody is raised without a reason.
    owned = {service.criticality for service in described.values()}
    assert set(effective.values()) <= owned


@given(estates())
def test_the_critical_never_wait_for_the_others(described: dict[str, Service]) -> None:
    effective = effective_criticality(described)
    ranks = [effective[name].rank for wave in order(described) for name in wave]
    assert ranks == sorted(ranks)
