import crnn
import crnn.errors


def test_the_public_names_are_these() -> None:
    assert sorted(crnn.__all__) == [
        "Alphabet",
        "AlphabetError",
        "Candidate",
        "CrnnError",
        "DataError",
        "DecodeError",
        "FontError",
        "ImageError",
        "LabelError",
        "MissingExtra",
        "ModelError",
        "PatternError",
        "PreprocessConfig",
        "Reader",
        "Reading",
        "RecipeError",
        "Span",
        "TrainingError",
        "explain",
        "load",
        "train",
    ]


def test_every_public_name_exists() -> None:
    assert all(hasattr(crnn, name) for name in crnn.__all__)


def test_every_error_is_public_and_a_crnn_error() -> None:
    errors = {name: value for name, value in vars(crnn.errors).items() if isinstance(value, type)}
    assert all(issubclass(value, crnn.CrnnError) for value in errors.values())
    assert set(errors) <= set(crnn.__all__)
