"""What a run notices about itself."""

import os
import signal

import pytest
import torch

from crnn.training.monitor import LATE_IMAGES, BlankMonitor, Meter, StopSignals
from crnn.training.state import Progress

BLANK = torch.tensor([[[0.0, -9.0]] * 4] * 3)  # (T, N, C) = (3, 4, 2)
READS = torch.tensor([[[-9.0, 0.0]] * 4] * 3)


def test_blanks_at_the_start_are_no_news(caplog: pytest.LogCaptureFixture) -> None:
    monitor = BlankMonitor()
    assert monitor.look(READS, 0) == 0.0  # random weights read something
    assert monitor.look(BLANK, 70_000) == 1.0
    assert caplog.text == ""


def test_blanks_that_last_are_explained_once(caplog: pytest.LogCaptureFixture) -> None:
    monitor = BlankMonitor()
    for images in range(0, 3 * LATE_IMAGES, LATE_IMAGES // 2):
        monitor.look(BLANK, images)
    assert caplog.text.count("still reads only blanks") == 1
    assert "learning_rate" in caplog.text


def test_a_collapse_is_noticed_at_once_and_each_time(caplog: pytest.LogCaptureFixture) -> None:
    monitor = BlankMonitor()
    for log_probs in (BLANK, READS, BLANK, READS, BLANK):
        monitor.look(log_probs, 1000)
    assert caplog.text.count("it has collapsed") == 2


def test_a_network_that_read_from_the_start_collapses_at_its_first_blanks(
    caplog: pytest.LogCaptureFixture,
) -> None:
    BlankMonitor(reads=True).look(BLANK, 1000)
    assert caplog.text.count("it has collapsed") == 1


def test_one_image_that_reads_is_no_collapse() -> None:
    log_probs = BLANK.clone()
    log_probs[1, 0] = torch.tensor([-9.0, 0.0])
    assert BlankMonitor().look(log_probs, 0) == 0.75


def test_a_second_ctrl_c_stops_at_once_and_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with StopSignals():
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_the_time_that_is_left_leaves_out_what_the_start_took(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("time.perf_counter", lambda: clock[0])
    meter = Meter(Progress(), 10, 8)
    clock[0] += 30  # workers and engine start
    for number in range(2):
        meter.waited(0 if number else 30)
        clock[0] += 2
        meter.learnt(1.0, 0, ())
        if number == 0:
            assert meter.read(1, restart=False).left_s == 9 * 2
    line = meter.read(2)
    assert (line.left_s, line.waiting) == (8 * 2, round(30 / 34, 3))


def test_a_look_at_the_meter_changes_nothing() -> None:
    meter = Meter(Progress(), 10, 8)
    meter.waited(0)
    meter.learnt(1.0, 2, ("torn",))
    first = meter.read(1, restart=False)
    assert (first.loss, first.too_long, first.unreadable) == (1.0, 2, 1)
    meter.learnt(3.0, 1, ())
    second = meter.read(2)
    assert (second.loss, second.too_long, second.unreadable) == (2.0, 3, 1)
    assert meter.unlogged == ()
