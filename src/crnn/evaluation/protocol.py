"""What counts as the same word: the rule that is applied to label and text before they are compared.

The papers of the field count case-insensitively on 0-9a-z ("alnum"); whoever needs case and
punctuation counts "exact". A table without its protocol says nothing, so every output states it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from crnn.alphabet import Alphabet
from crnn.errors import DataError

_NOT_ALNUM = re.compile("[^0-9A-Za-z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """A rule of comparison and the sentence that states it."""

    name: str
    statement: str
    """What is compared, for a table's caption."""
    normalise: Callable[[str], str]
    """Applied to both label and text."""

    def skips(self, label: str) -> bool:
        """Tell whether the rule leaves nothing of `label` to read: such a sample measures nothing.

        >>> protocol_named("alnum").skips("***"), protocol_named("exact").skips("***")
        (True, False)
        """
        return not self.normalise(label)

    def suits(self, alphabet: Alphabet) -> bool:
        """Tell whether the rule leaves what parts the symbols of a label."""
        return alphabet.separator in self.normalise(alphabet.separator)

    def check(self, alphabet: Alphabet) -> None:
        """Raise DataError where the rule does not suit the alphabet."""
        if not self.suits(alphabet):
            raise DataError(
                f"protocol {self.name!r} removes {alphabet.separator!r}, which stands between the symbols "
                "of this model's labels; use --protocol exact (validation.protocol in a recipe)."
            )


def keep_alnum(text: str) -> str:
    """Keep a-z, A-Z and 0-9, in lower case; accented letters go, as all other symbols do.

    >>> keep_alnum("St. John's 12-B")
    'stjohns12b'
    """
    return _NOT_ALNUM.sub("", text).lower()


def keep_all(text: str) -> str:
    """Return `text` as it is."""
    return text


PROTOCOLS: tuple[Protocol, ...] = (
    Protocol(
        name="alnum",
        statement="case-insensitive on 0-9a-z, other symbols removed from label and text",
        normalise=keep_alnum,
    ),
    Protocol(
        name="exact",
        statement="every symbol, case and space counts",
        normalise=keep_all,
    ),
)
"""The rules there are; the first one holds where none is named."""


def protocol_named(name: str) -> Protocol:
    """Return the protocol of that name; raise `DataError` if there is none."""
    for protocol in PROTOCOLS:
        if protocol.name == name:
            return protocol
    known = ", ".join(protocol.name for protocol in PROTOCOLS)
    raise DataError(f"protocol {name!r} does not exist; there are: {known}")
