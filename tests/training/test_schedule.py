"""The learning rate over a run."""

import pytest

from crnn.training.configs import ScheduleConfig
from crnn.training.optimizer import rate_at


@pytest.mark.parametrize("decay", ["cosine", "linear"])
def test_the_rate_rises_to_its_peak_and_falls_to_its_last(decay: str) -> None:
    section = ScheduleConfig(warmup_steps=10, decay=decay, final_fraction=0.1)  # type: ignore[arg-type]
    rates = [rate_at(step, 1000, 2.0, section) for step in range(1000)]
    assert rates[:10] == pytest.approx([0.2 * (step + 1) for step in range(10)])
    assert rates[9] == rates[10] == max(rates) == 2.0
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == pytest.approx(0.2, abs=0.003)


def test_a_cosine_is_half_way_down_at_half_time() -> None:
    section = ScheduleConfig(warmup_steps=0, decay="cosine", final_fraction=0.0)
    assert rate_at(50, 100, 1.0, section) == pytest.approx(0.5)


def test_the_papers_rate_never_changes() -> None:
    section = ScheduleConfig(warmup_steps=0, decay="none")
    assert {rate_at(step, 9, 1.0, section) for step in range(9)} == {1.0}


def test_a_warm_up_longer_than_the_run_is_cut_off() -> None:
    section = ScheduleConfig(warmup_steps=10)
    assert rate_at(3, 4, 1.0, section) == pytest.approx(0.4)
