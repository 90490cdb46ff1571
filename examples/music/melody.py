r"""Melodies at random that sound like melodies, written in Plaine & Easie code.

    melody(rng) -> "@clef:G-2\n@keysig:xFC\n@timesig:3/4\n@data:'4F{8FxG}/..."

A melody has a clef, a key of up to three sharps or flats, a metre and bars that fill it: mostly steps
and small leaps, the rhythms of songs, now and then an accidental, a rest, a tie over the bar line. It
stays where a strip of nine staff spaces can show it: one ledger line above and below.
"""

from dataclasses import dataclass, field

import numpy as np

Rng = np.random.Generator

CLEFS = {"G-2": 4 * 7 + 2, "F-4": 2 * 7 + 4}
"""Clef -> its bottom line, in white keys from C0: E4 and G2."""
RANGE = -2, 10
"""Lowest and highest note, in steps from the bottom line: C4 to A5, E2 to C4."""
SHARPS, FLATS = "FCG", "BEA"
"""The letters that a key's sharps and flats change, in order."""
GROUPS = {
    1: ((4,), (4,), (4,), (8, 8), (8, 8), (8, 6, 6), (6, 6, 6, 6)),
    2: ((2,), (2,), (-4, 8), (4, 8, 8)),
}
"""Beats -> the note values that may fill them (6 is Plaine & Easie's sixteenth, -4 a dotted quarter)."""
UNUSUAL = {-1: "CF", 1: "EB"}
"""Alteration -> the letters that songs hardly ever give it: C flat, F flat, E sharp, B sharp."""
MOVES = (-1, 1) * 4 + (0, 0, -2, 2, -2, 2, -3, 3, -4, 4, -5, 5, -7, 7)
"""Steps from a note to the next, the usual ones more often."""


@dataclass
class Line:
    """The melody so far: where it is, and what its key and its bar change."""

    bottom: int
    key: dict[str, int]
    """Letter -> 1 (sharp) or -1 (flat)."""
    step: int
    """The last note, in steps from the bottom line."""
    altered: dict[int, int] = field(default_factory=dict)
    """White key -> the alteration that an accidental gave it in this bar."""

    def next(self, rng: Rng) -> str:
        """Move on, and spell the note: octave, accidental, letter."""
        least, most = RANGE
        self.step += int(rng.choice([move for move in MOVES if least <= self.step + move <= most]))
        accidental = ""
        if rng.random() < 0.1:
            key = self.bottom + self.step
            now = self.altered.get(key, self.key.get(self._letter, 0))
            changes = [0] if now else [change for change in (-1, 1) if self._letter not in UNUSUAL[change]]
            self.altered[key] = int(rng.choice(changes))
            accidental = "bnx"[self.altered[key] + 1]
        return self.spell(accidental)

    def spell(self, accidental: str = "") -> str:
        """Spell the last note."""
        return f"{octave_marks((self.bottom + self.step) // 7)}{accidental}{self._letter}"

    @property
    def is_altered(self) -> bool:
        """Whether an accidental of this bar holds for the last note."""
        return self.bottom + self.step in self.altered

    @property
    def _letter(self) -> str:
        return "CDEFGAB"[(self.bottom + self.step) % 7]


def octave_marks(octave: int) -> str:
    """Spell an octave: ' is 4, and , is 3."""
    return "'" * (octave - 3) if octave > 3 else "," * (4 - octave)


def melody(rng: Rng, least: int = 3, most: int = 12) -> str:
    """Write a melody of `least` to `most` notes."""
    clef = str(rng.choice(list(CLEFS), p=[0.65, 0.35]))
    fifths = int(rng.choice([-3, -2, -1, 0, 1, 2, 3], p=[0.07, 0.1, 0.15, 0.36, 0.15, 0.1, 0.07]))
    letters = SHARPS[:fifths] if fifths > 0 else FLATS[:-fifths]
    line = Line(CLEFS[clef], dict.fromkeys(letters, 1 if fifths > 0 else -1), int(rng.integers(0, 9)))
    beats = int(rng.choice([2, 3, 4]))
    lines = [f"@clef:{clef}"]
    if letters:
        lines.append(f"@keysig:{'x' if fifths > 0 else 'b'}{letters}")
    if rng.random() < 0.5:  # a fragment from the middle of a piece shows none
        lines.append(f"@timesig:{beats}/4")
    bars = _bars(line, beats, int(rng.integers(least, most + 1)), rng)
    return "\n".join([*lines, f"@data:{bars}"]) + "\n"


def _bars(line: Line, beats: int, notes: int, rng: Rng) -> str:
    """Write bars until there are so many notes; the last may be cut short."""
    bars = ""
    tied = False
    while notes > 0:
        line.altered.clear()
        filled = 0
        while filled < beats and notes > 0:
            length = int(rng.choice([1, 2])) if beats - filled > 1 else 1
            filled += length
            if length == 1 and bars and not tied and rng.random() < 0.08:
                bars += "4-"
                continue
            values = GROUPS[length][int(rng.integers(len(GROUPS[length])))][:notes]
            written = [line.spell() if tied and not step else line.next(rng) for step in range(len(values))]
            bars += _group(values, written)
            notes -= len(values)
            tied = False
        tied = notes > 0 and bars[-1] not in "-}" and not line.is_altered and rng.random() < 0.15
        bars += "+/" if tied else "/"
    return bars


def _group(values: tuple[int, ...], written: list[str]) -> str:
    """Write notes under one beam where all of them have flags."""
    notes = "".join(
        f"{'4.' if value == -4 else value}{note}" for value, note in zip(values, written, strict=True)
    )
    return f"{{{notes}}}" if len(values) > 1 and min(values) > 4 else notes
