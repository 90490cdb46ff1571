"""Images that are there more than once: in the data, with other labels, in the other set too."""

from collections.abc import Sequence

from crnn.checking.likeness import Album, by_digest
from crnn.checking.notes import Joined, Notes
from crnn.checking.rules import Rules


def note_copies(samples: Joined, own: int, album: Album, rules: Rules, notes: Notes) -> None:
    """Note equal and nearly equal images.

    samples   those of the data, `own` of them, then those of the other set
    album     an entry for each
    """
    for group in album.groups(slack_px=rules.preprocess.width_step):
        ours = [number for number in group if number < own]
        others = [number for number in group if number >= own]
        _note_equals(samples, ours, album, notes)
        _note_contradiction(samples, ours, rules, notes)
        if others:
            _note_leaks(samples, ours, others, album, notes)


def _note_equals(samples: Joined, group: Sequence[int], album: Album, notes: Notes) -> None:
    """Note each copy but the first."""
    parts = by_digest(album, group)
    for part in parts:
        for number in part[1:]:
            notes.add("equal-images", number, f"has the bytes of {samples.place(part[0])}")
    for part in parts[1:]:
        notes.add("nearly-equal-images", part[0], f"looks like {samples.place(group[0])}")


def _note_contradiction(samples: Joined, group: Sequence[int], rules: Rules, notes: Notes) -> None:
    """Note a group whose labels differ once they are folded."""
    first: dict[str, int] = {}
    for number in group:
        first.setdefault(rules.fold(samples[number].label), number)
    if len(first) > 1:
        labels = ", ".join(f"{label!r} at {samples.place(number)}" for label, number in first.items())
        case = ", a difference of case only" if len({label.casefold() for label in first}) == 1 else ""
        notes.add("contradicting-labels", group[0], f"is labelled {labels}{case}")


def _note_leaks(
    samples: Joined, ours: Sequence[int], others: Sequence[int], album: Album, notes: Notes
) -> None:
    """Note each image of the data that the other set has too."""
    twins = {album.digest(number): number for number in reversed(others)}
    for number in ours:
        twin = twins.get(album.digest(number))
        if twin is None:
            notes.add("leak", number, f"looks like {samples.place(others[0])}")
        else:
            notes.add("leak", number, f"has the bytes of {samples.place(twin)}")
