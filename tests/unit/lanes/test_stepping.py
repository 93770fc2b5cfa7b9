"""Machines that step, sleep and wake in any order: nobody lacks a key in use, nobody keeps an old one."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from hub.envelope.at_rest import Kept, Label, StorageKey, WrappingKey, keep, reveal, rewrap
from hub.envelope.ratchet import PeriodKey
from hub.lanes.stepping import KeyStanding, is_lost, is_overdue, is_settled, oldest_needed, standing, to_wrap
from hub.ports import Contents, Period
from hub.ports.periods import AS_IT_CAME, GONE, NO_PERIOD

NOW = datetime(2026, 11, 30, tzinfo=UTC)
STORAGE = StorageKey.new()


def contents(step: int, *labels: str, chain: str = "c") -> Contents:
    return Contents(Period(chain, step), NOW, frozenset(labels), NOW)


def label(step: int, chain: str = "c") -> str:
    return str(Label("s", chain, step))


@pytest.mark.parametrize(
    ("held", "found"),
    [
        (None, KeyStanding.MISSING),
        (Period("other", 5), KeyStanding.OTHER),
        (Period("c", 6), KeyStanding.AHEAD),
        (Period("c", 5), KeyStanding.READY),
        (Period("c", 4), KeyStanding.READY),
        (Period("c", 3), KeyStanding.BEHIND),
        (Period("c", 0), KeyStanding.BEHIND),
    ],
)
def test_a_machine_is_ready_with_the_key_of_this_period_or_of_the_one_before(
    held: Period | None, found: KeyStanding
) -> None:
    assert standing(held, Period("c", 5)) is found


@pytest.mark.parametrize(("held", "found"), [(None, KeyStanding.MISSING), (Period("c", 5), KeyStanding.READY)])
def test_before_the_first_period_any_key_is_as_good_as_another(held: Period | None, found: KeyStanding) -> None:
    assert standing(held, NO_PERIOD) is found


def test_what_is_under_an_older_key_or_none_is_wrapped_anew_and_what_is_gone_is_left() -> None:
    found = contents(5, label(5), label(4), label(3), label(4, "other"), "s", AS_IT_CAME, GONE)
    assert to_wrap(found, Label("s", "c", 5)) == [AS_IT_CAME, "s", label(3), label(4), label(4, "other")]
    assert {one for one in found.labels if is_lost(one, found.period)} == {label(3), label(4, "other")}


def test_another_storage_key_takes_over_all_that_waits() -> None:
    assert to_wrap(contents(5, label(5)), Label("newer", "c", 5)) == [label(5)]


@pytest.mark.parametrize(
    ("labels", "oldest"),
    [
        ((), 5),
        ((label(5),), 5),
        ((label(4), label(5)), 4),
        ((label(3), GONE, AS_IT_CAME, "s"), 5),
        ((label(4, "x"),), 5),
    ],
)
def test_a_key_is_needed_as_long_as_something_is_under_it(labels: tuple[str, ...], oldest: int) -> None:
    found = contents(5, *labels)
    assert oldest_needed(found) == oldest
    assert is_settled(found) is (oldest == 5)


@pytest.mark.parametrize(("hours", "over"), [(None, False), (0, False), (12, False), (13, True)])
@pytest.mark.parametrize("doubted", [False, True])
def test_what_holds_up_a_step_is_waited_for_as_long_as_a_period_lasts_once_more(
    hours: int | None, over: bool, doubted: bool
) -> None:
    since = None if hours is None else NOW - timedelta(hours=hours)
    found = Contents(Period("c", 5), since, frozenset({label(4)}), NOW, doubted)
    assert is_overdue(found, timedelta(hours=6)) is (over and not doubted)


@dataclass
class Machine:
    """One that runs the hub, and the key in its file."""

    held: PeriodKey
    on: bool = True


class Steps(RuleBasedStateMachine):
    """What `hub/lanes/periods.py` does, one act at a time, by machines that do not hear of each other."""

    machines = Bundle("machines")

    def __init__(self) -> None:
        super().__init__()
        self.first = PeriodKey.begin()
        self.used = Period(self.first.chain, 0)
        self.all: list[Machine] = []
        self.waiting: dict[int, tuple[Label, bytes, bytes]] = {}
        self.erased: list[tuple[bytes, bytes]] = []
        self.number = 0

    def contents(self) -> Contents:
        return Contents(self.used, NOW, frozenset(str(one) for one, _, _ in self.waiting.values()), NOW)

    def key(self, machine: Machine, one: Label) -> WrappingKey:
        return machine.held.at(one.step).wrapping(STORAGE)

    def ready(self, machine: Machine) -> bool:
        held = Period(machine.held.chain, machine.held.step)
        return machine.on and standing(held, self.used) is KeyStanding.READY

    @rule(target=machines)
    def another_is_given_the_key(self) -> Machine:
        giver = next((one for one in self.all if self.ready(one)), Machine(self.first))
        made = Machine(giver.held.at(oldest_needed(self.contents())))
        self.all.append(made)
        return made

    @rule(machine=machines)
    def content_comes(self, machine: Machine) -> None:
        if self.ready(machine):
            kept = keep(b"x", key=self.key(machine, Label(STORAGE.id, self.used.chain, self.used.step)), bound_to=b"")
            self.number += 1
            self.waiting[self.number] = (self.label(), kept.ciphertext, kept.wrapped_key)

    def label(self) -> Label:
        return Label(STORAGE.id, self.used.chain, self.used.step)

    @rule(machine=machines)
    def everything_is_read(self, machine: Machine) -> None:
        if self.ready(machine):
            for one, ciphertext, wrapped in self.waiting.values():
                found = reveal(Kept(ciphertext, wrapped), keys=lambda label: self.key(machine, label), bound_to=b"")
                assert found == b"x"
                assert one.step >= machine.held.step

    @rule(number=st.integers(0, 5))
    def something_is_delivered(self, number: int) -> None:
        if number < len(self.waiting):
            _, ciphertext, wrapped = self.waiting.pop(sorted(self.waiting)[number])
            self.erased.append((ciphertext, wrapped))

    @rule(machine=machines, most=st.integers(1, 3))
    def some_is_wrapped_anew(self, machine: Machine, most: int) -> None:
        if not self.ready(machine):
            return
        wanted = to_wrap(self.contents(), self.label())
        for id_ in [id_ for id_, row in self.waiting.items() if str(row[0]) in wanted][:most]:
            _, ciphertext, wrapped = self.waiting[id_]
            self.erased.append((ciphertext, wrapped))  # the old version of the row stays in the files
            key = self.key(machine, self.label())
            again = rewrap(Kept(b"", wrapped), keys=lambda label: self.key(machine, label), key=key, bound_to=b"")
            self.waiting[id_] = (self.label(), ciphertext, again.wrapped_key)

    @rule(machine=machines)
    def old_keys_are_destroyed(self, machine: Machine) -> None:
        oldest = oldest_needed(self.contents())
        if machine.on and machine.held.step < oldest:
            machine.held = machine.held.at(oldest)

    @rule(machine=machines)
    def the_period_ends(self, machine: Machine) -> None:
        if self.ready(machine) and is_settled(self.contents()):
            self.used = Period(self.used.chain, self.used.step + 1)

    @rule(machine=machines)
    def one_is_switched_off_or_on(self, machine: Machine) -> None:
        machine.on = not machine.on

    @invariant()
    def nothing_is_ever_lost(self) -> None:
        assert not any(is_lost(one, self.used) for one in self.contents().labels)

    @invariant()
    def none_is_ahead_and_whoever_is_behind_can_step_on(self) -> None:
        for one in self.all:
            assert standing(Period(one.held.chain, one.held.step), self.used) in (KeyStanding.READY, KeyStanding.BEHIND)
            assert one.held.step <= oldest_needed(self.contents())

    @invariant()
    def what_was_erased_opens_on_no_machine_that_has_stepped_on(self) -> None:
        for one in self.all:
            for _, wrapped in self.erased:
                under = Label.read(wrapped[2 : 2 + wrapped[1]].decode())
                assert under is not None
                if one.held.step > under.step:
                    with pytest.raises(ValueError, match="cannot be derived"):
                        one.held.at(under.step)


TestSteps = Steps.TestCase
TestSteps.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
