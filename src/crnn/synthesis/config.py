"""What the synthesis draws from; the recipe's `[synthesis]` section."""

from dataclasses import dataclass

from crnn.errors import RecipeError


@dataclass(frozen=True, kw_only=True, slots=True)
class SynthesisConfig:
    """Fonts, words and backgrounds, and the seed that fixes every image."""

    seed: int = 0
    """The same seed and batch number give the same batch."""
    fonts: tuple[str, ...] = ("starter",)
    """Folders of .ttf, .otf, .woff files; `starter` is the set in the package."""
    words: tuple[str, ...] = ()
    """Text files, one word a line, mixed into the built-in words."""
    words_share: float = 0.5
    """Share of the words that come from `words` where any are given."""
    backgrounds: tuple[str, ...] = ()
    """Folders of photographs; without any, backgrounds are computed."""
    cap_height_px: int = 24
    """Height at which glyphs are drawn before the warp; about 3/4 of the image height."""
    max_length: int = 24
    """Symbols of the longest word."""

    def __post_init__(self) -> None:
        """Raise RecipeError for a number that is out of range."""
        least = {"seed": 0, "cap_height_px": 8, "max_length": 1}
        for name, smallest in least.items():
            if getattr(self, name) < smallest:
                raise RecipeError(
                    f"synthesis.{name} is {getattr(self, name)}; it must be at least {smallest}."
                )
        if not 0 <= self.words_share <= 1:
            raise RecipeError(f"synthesis.words_share is {self.words_share}; it must lie between 0 and 1.")
