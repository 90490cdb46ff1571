"""Views: turned images, and boxes turned back."""

import numpy as np
import pytest

from crnn.images.load import load_picture
from crnn.images.preprocess import PreprocessConfig, views_of
from crnn.reader.frames import turn_back


@pytest.mark.parametrize("quarter_turns", [1, 3])
def test_a_box_of_a_turned_picture_is_turned_back_to_the_pixels_that_it_holds(quarter_turns: int) -> None:
    picture = np.zeros((90, 30), np.uint8)
    picture[50:70, 5:12] = 255
    turned = np.rot90(picture, quarter_turns)
    rows, columns = np.nonzero(turned)
    box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    height, width = turned.shape
    assert turn_back(box, quarter_turns, width, height) == (5, 50, 12, 70)


def test_only_upright_pictures_are_turned_and_only_where_the_model_asks_for_it() -> None:
    tall, wide = load_picture(np.zeros((90, 30), np.uint8)), load_picture(np.zeros((30, 90), np.uint8))
    for picture, turn, expected in ((tall, True, [0, 1, 3]), (tall, False, [0]), (wide, True, [0])):
        views = views_of(picture, PreprocessConfig(turn=turn), 4)
        assert [view.quarter_turns for view in views] == expected
        assert {view.position for view in views} == {4}
        assert all(view.image.shape[0] == 32 for view in views)
