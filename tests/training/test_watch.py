"""What a run notices about itself."""

import os
import signal

import pytest
import torch

from crnn.training.watch import LATE_IMAGES, BlankWatch, StopSignals

BLANK = torch.tensor([[[0.0, -9.0]] * 4] * 3)  # (T, N, C) = (3, 4, 2)
READS = torch.tensor([[[-9.0, 0.0]] * 4] * 3)


def test_blanks_at_the_start_are_no_news(caplog: pytest.LogCaptureFixture) -> None:
    watch = BlankWatch()
    assert watch.look(READS, 0) == 0.0  # random weights read something
    assert watch.look(BLANK, 70_000) == 1.0
    assert caplog.text == ""


def test_blanks_that_last_are_explained_once(caplog: pytest.LogCaptureFixture) -> None:
    watch = BlankWatch()
    for images in range(0, 3 * LATE_IMAGES, LATE_IMAGES // 2):
        watch.look(BLANK, images)
    assert caplog.text.count("still reads only blanks") == 1
    assert "learning_rate" in caplog.text


def test_a_collapse_is_noticed_at_once_and_each_time(caplog: pytest.LogCaptureFixture) -> None:
    watch = BlankWatch()
    for log_probs in (BLANK, READS, BLANK, READS, BLANK):
        watch.look(log_probs, 1000)
    assert caplog.text.count("it has collapsed") == 2


def test_a_network_that_read_from_the_start_collapses_at_its_first_blanks(
    caplog: pytest.LogCaptureFixture,
) -> None:
    BlankWatch(reads=True).look(BLANK, 1000)
    assert caplog.text.count("it has collapsed") == 1


def test_one_image_that_reads_is_no_collapse() -> None:
    log_probs = BLANK.clone()
    log_probs[1, 0] = torch.tensor([-9.0, 0.0])
    assert BlankWatch().look(log_probs, 0) == 0.75


def test_a_second_ctrl_c_stops_at_once_and_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with StopSignals():
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
