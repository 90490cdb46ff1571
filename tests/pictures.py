"""Pictures as files hold them."""

import io

from PIL import Image


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    """The bytes of a file of this format."""
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()
