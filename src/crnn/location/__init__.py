"""Where each symbol of a text stands in the picture: frames say in which order, ink says where.

    image (h, w), log_probs (T, C), text  ->  one Span a symbol, its box in px of the picture as given

A frame is no place: a recurrent network emits a symbol where it is sure of it, anywhere within the
symbol, and the first and the last one often at the ends of the image. So the frames keep order and
bound the symbols, and the boxes come from the ink: `ink` finds it, `cells` cuts it, `boxes` bounds it.
"""

from crnn.location.sight import Sight

__all__ = ["Sight"]
