"""Plans: what is read and what is only drawn, and batches whose words have room."""

import pytest
import torch

from crnn.alphabet import Alphabet, frames_needed
from crnn.images.preprocess import PreprocessConfig
from crnn.synthesis.layout import GAP, NONE
from crnn.synthesis.plan import BATCHES_PER_PLAN, NARROWEST_PX, Plan, draw_plan, encode, split_plan
from tests.synthesis.glyphs import Block, glyphs_of, rng

LETTERS = Alphabet("abc")
GLYPHS = glyphs_of(*[Block(width=4, left=0, advance=5)] * 3)
WORDS = ["a", "bb", "abc", "cabacab", "aaaabbbbcccc", "abcabcabcabcabcabcabcabc"] * 40


def plan_of(words: list[str], seed: int = 7) -> Plan:
    return draw_plan(words, GLYPHS, torch.zeros(len(words), dtype=torch.long), LETTERS, rng(seed))


def test_the_label_is_what_is_drawn_inside_the_mask() -> None:
    labels, codes, mask = encode(WORDS, LETTERS, rng())
    assert len(labels) == len(codes) == len(mask) == len(WORDS)
    for label, row, inside in zip(labels, codes, mask, strict=True):
        read = [code for code in row[inside].tolist() if code != GAP]
        assert "".join(LETTERS.symbols[code] for code in read) == label


def test_most_words_stand_alone_and_as_they_were_given() -> None:
    labels, codes, mask = encode(WORDS, LETTERS, rng())
    same = sum(label == word for label, word in zip(labels, WORDS, strict=True))
    assert 0.9 < same / len(WORDS) < 1
    alone = ((codes != NONE) == mask).all(1)
    assert alone.float().mean() == pytest.approx(0.88, abs=0.06)


def test_fragments_stand_apart_from_the_label_on_one_side_or_both() -> None:
    _, codes, mask = encode(WORDS, LETTERS, rng())
    left = right = 0
    for row, inside in zip(codes.tolist(), mask.tolist(), strict=True):
        first, last = inside.index(True), len(inside) - 1 - inside[::-1].index(True)
        drawn_after = last + 1 < len(row) and row[last + 1] != NONE
        assert first == 0 or row[first - 1] == GAP
        assert not drawn_after or row[last + 1] == GAP
        left += first > 0
        right += drawn_after
    assert min(left, right) > 5


def test_two_words_read_as_one_are_never_longer_than_the_longest_word() -> None:
    labels, _, _ = encode(["abc", "ab", "aab"] * 99, LETTERS, rng())
    assert max(map(len, labels)) == 3
    labels, _, _ = encode(["abc", "cba"] * 99 + ["a" * 20], LETTERS, rng())
    assert "abccba" in labels


def test_an_alphabet_with_a_space_reads_the_space_and_joins_no_words() -> None:
    words = ["ab c", "abc", "c a b"] * 99
    labels, codes, mask = encode(words, Alphabet("abc "), rng())
    assert list(labels) == words
    assert not (codes[mask] == GAP).any()


def test_words_are_planned_in_the_order_given() -> None:
    plan = plan_of(WORDS)
    assert len(plan.labels) == len(plan.crop) == len(plan.layout.box) == len(WORDS)
    widths = (plan.layout.box[:, 1] - plan.layout.box[:, 0]).tolist()
    for label, width in zip(plan.labels, widths, strict=True):
        assert width > 2 * len(label)


def test_the_ratio_is_the_crops_width_over_its_height() -> None:
    plan = plan_of(["abc"])
    left, right, top, bottom = plan.crop[0].tolist()
    assert float(plan.ratio()) == pytest.approx((right - left) / (bottom - top))
    config = PreprocessConfig(min_width=16)
    assert plan.width_px(config) == config.width_px(
        round(1000 * (right - left)), round(1000 * (bottom - top))
    )


def test_batches_are_of_one_size_and_nearly_one_shape_and_their_widths_fit_the_rule() -> None:
    plan, config = plan_of(WORDS), PreprocessConfig()
    batches = split_plan(plan, config, rng())
    assert len(batches) == BATCHES_PER_PLAN
    for batch, width_px in batches:
        assert len(batch.labels) == len(WORDS) // BATCHES_PER_PLAN
        assert width_px % 16 == 0
        assert 96 <= width_px <= 320
    spread = torch.tensor([float(batch.ratio().log().std()) for batch, _ in batches])
    assert spread.median() < 0.4 * plan.ratio().log().std()


def test_every_label_has_room_at_the_width_of_its_batch() -> None:
    for config in (PreprocessConfig(), PreprocessConfig(min_width=64, max_width=64)):
        for seed in range(5):
            for batch, width_px in split_plan(plan_of(WORDS, seed), config, rng(seed)):
                for label in batch.labels:
                    assert frames_needed(LETTERS.encode(label)) * NARROWEST_PX <= width_px


def test_where_no_word_has_room_all_stay() -> None:
    # Whoever reads the batch counts them as too long: the synthesis does not invent shorter words.
    words = ["abcabcabcabcabcabcabcabc"] * 16
    batches = split_plan(plan_of(words), PreprocessConfig(min_width=32, max_width=32), rng())
    assert sorted(label for batch, _ in batches for label in batch.labels) == sorted(plan_of(words).labels)


def test_words_too_long_for_any_width_give_way_to_words_of_the_other_batches() -> None:
    words = ["abcabcabcabcabcabcabcabc"] * 48 + ["abc"] * 16  # most of the batches would be lost
    for batch, _ in split_plan(plan_of(words), PreprocessConfig(min_width=64, max_width=64), rng()):
        assert len(batch.labels) == 8
        assert max(map(len, batch.labels)) <= 64 / NARROWEST_PX


def test_without_lack_of_room_the_batches_hold_every_word_once() -> None:
    words = ["a", "ab", "abc", "c"] * 20
    batches = split_plan(plan_of(words), PreprocessConfig(), rng())
    assert sorted(label for batch, _ in batches for label in batch.labels) == sorted(plan_of(words).labels)


def test_a_cramped_word_lies_straight() -> None:
    plan = plan_of(["abcabcabcabcabcabcabcabc"] * 400)
    needed = torch.tensor([len(label) for label in plan.labels])
    bent = plan.pose.angle.abs() + plan.pose.bend.abs() > 0
    assert (plan.ratio() * 32 >= NARROWEST_PX * needed)[bent].all()
