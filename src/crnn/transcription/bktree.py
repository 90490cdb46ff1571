"""The words of a lexicon near a text, by a BK-tree, and the paper's decoder (paper §2.3.3, §3.2, Figure 4).

A BK-tree (Burkhard and Keller, 1973) holds a word at each node. Below it, the words at one edit
distance from it are one branch. Edit distance is a metric: if a text is d from a node's word, the
words within max_edits of the text lie in the branches d - max_edits .. d + max_edits.

    word       (W,)       the text of each node, as its place in `texts`; node 0 is the root
    first      (W + 1,)   the children of node n are first[n] .. first[n + 1] - 1
    distance   (W,)       from a node's word to its parent's, in symbols; 0 for the root
"""

import io
import json
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

from crnn.alphabet import Alphabet
from crnn.errors import AlphabetError, CrnnError, ModelError, OptionError
from crnn.transcription.greedy import best_labels, check_classes
from crnn.transcription.hypothesis import Hypothesis
from crnn.transcription.lexicon import Lexicon
from crnn.transcription.lexicon_decoder import ListsDecoder

_FORMAT = "crnn bk-tree 1"


class BKTree:
    """Finds the texts of a lexicon within an edit distance.

    >>> tree = BKTree(Lexicon(["stop", "shop", "step", "open"], Alphabet.named("lower36")))
    >>> tree.within("stap", 1)
    ['step', 'stop']
    """

    def __init__(self, lexicon: Lexicon) -> None:
        """Build the tree; a few seconds for 100,000 words."""
        order = np.random.default_rng(0).permutation(len(lexicon))  # sorted words make a deep tree
        self._take(lexicon.texts, lexicon.alphabet, lexicon.fold_case)
        word, first, distance = [], [1], [np.zeros(1, dtype=np.intp)]
        waiting = [order]
        for members in waiting:  # grows on the way, level by level
            word.append(members[0])
            apart = self._distances(self._keys[members[0]], members[1:])
            members = members[1:][np.argsort(apart, kind="stable")]  # noqa: PLW2901
            kinds, starts = np.unique(np.sort(apart), return_index=True)
            waiting += np.split(members, starts[1:]) if members.size else []
            distance.append(kinds)
            first.append(first[-1] + len(kinds))
        self.word, self.first = np.array(word), np.array(first)
        self.distance = np.concatenate(distance)

    def _take(self, texts: Sequence[str], alphabet: Alphabet, fold_case: bool) -> None:
        self.texts, self.alphabet, self.fold_case = tuple(texts), alphabet, fold_case
        self._keys = [self._key(text) for text in texts]

    def within(self, text: str, max_edits: int) -> list[str]:
        """Return the texts at most `max_edits` edits from a text, sorted.

        An edit puts in, takes out or replaces one symbol. LabelError: a text that the alphabet
        cannot spell.
        """
        key = self._key(text)
        nodes, near = np.zeros(1, dtype=np.intp), []
        while nodes.size:
            apart = self._distances(key, self.word[nodes])
            near.append(self.word[nodes[apart <= max_edits]])
            counts = self.first[nodes + 1] - self.first[nodes]
            ends = counts.cumsum()
            children = np.arange(counts.sum()) + np.repeat(self.first[nodes] - ends + counts, counts)
            nodes = children[np.abs(self.distance[children] - np.repeat(apart, counts)) <= max_edits]
        return sorted(self.texts[place] for place in np.concatenate(near))

    def save(self, path: str | Path) -> None:
        """Write the tree to a file of numbers (.npz), whole or not at all."""
        path = Path(path)
        header = {"format": _FORMAT, "alphabet": self.alphabet.to_json(), "fold_case": self.fold_case}
        content = io.BytesIO()
        np.savez_compressed(
            content,
            header=np.frombuffer(json.dumps(header).encode(), dtype=np.uint8),
            texts=np.frombuffer(json.dumps(self.texts).encode(), dtype=np.uint8),
            word=self.word.astype(np.int32),
            first=self.first.astype(np.int32),
            distance=self.distance.astype(np.int32),
        )
        part = path.with_name(path.name + ".part")
        part.write_bytes(content.getvalue())
        part.replace(path)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a tree that `save` wrote; nothing in the file is executed.

        ModelError: a file that is missing, torn, or no such tree.
        """
        try:
            with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as stored:
                header, texts = (json.loads(stored[name].tobytes()) for name in ("header", "texts"))
                arrays = [stored[name].astype(np.intp) for name in ("word", "first", "distance")]
            if header["format"] != _FORMAT:
                raise ModelError(f"{path}: has format {header['format']!r}, this crnn reads {_FORMAT!r}.")
            tree = cls.__new__(cls)
            tree._take(texts, Alphabet.from_json(header["alphabet"]), bool(header["fold_case"]))  # noqa: SLF001
            tree.word, tree.first, tree.distance = arrays
            tree._check()  # noqa: SLF001
        except (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError) as error:
            if isinstance(error, ModelError):
                raise
            raise _not_a_tree(path, error) from error
        except (zipfile.BadZipFile, zlib.error, CrnnError, MemoryError) as error:
            raise _not_a_tree(path, error) from error
        return tree

    def _check(self) -> None:
        """Raise ValueError where the arrays are no tree over the texts: a child comes after its parent."""
        count, nodes = len(self.texts), np.arange(len(self.texts))
        shapes = [array.shape for array in (self.word, self.first, self.distance)]
        if not count or shapes != [(count,), (count + 1,), (count,)]:
            raise ValueError(f"arrays of shapes {shapes} for {count} texts")
        whole = self.first[0] == 1 and self.first[-1] == count and (np.diff(self.first) >= 0).all()
        if not whole or (self.first[:-1] <= nodes).any() or not np.array_equal(np.sort(self.word), nodes):
            raise ValueError("arrays that are no tree")

    def _key(self, text: str) -> str:
        """Spell a text with one character a symbol, so that distances count symbols."""
        return "".join(map(chr, self.alphabet.encode(text)))

    def _distances(self, key: str, words: NDArray[np.intp]) -> NDArray[np.intp]:
        keys = [self._keys[word] for word in words]
        apart: NDArray[np.intp] = cdist([key], keys, scorer=Levenshtein.distance, dtype=np.int32)[0]
        return apart


class BKTreeDecoder:
    """The paper's decoder for large lexicons: the most probable of the words near the greedy text.

    It is not exact: a better word may be further away, which `LexiconDecoder` finds, and mostly in
    less time. Where no word is near enough, which the paper does not speak of, there is no hypothesis.
    """

    def __init__(self, alphabet: Alphabet, *, tree: BKTree, max_edits: int = 3, top: int = 1) -> None:
        """Look for words within `max_edits` edits; 3 is the paper's choice for 50,000 words."""
        if tree.alphabet != alphabet:
            raise AlphabetError(
                f"the tree was made for {tree.alphabet!r}, the model reads {alphabet!r}.\n"
                "    Make it for the alphabet of the model."
            )
        if max_edits < 0:
            raise OptionError(f"max_edits is {max_edits}; it must be 0 or more.")
        self.tree, self.max_edits = tree, max_edits
        self._score = ListsDecoder(alphabet, top=top)

    def __call__(self, log_probs: NDArray[np.floating]) -> list[list[Hypothesis]]:
        """Read N images: `log_probs` (T, N, C) -> `top` hypotheses of each, or none.

        `conditional_probability` compares with the other words within `max_edits` only.
        """
        alphabet = self.tree.alphabet
        check_classes(log_probs, alphabet)
        near = [self.tree.within(alphabet.decode(label), self.max_edits) for label in best_labels(log_probs)]
        some = [image for image, texts in enumerate(near) if texts]
        lists = [Lexicon(near[image], alphabet, fold_case=self.tree.fold_case) for image in some]
        found: list[list[Hypothesis]] = [[] for _ in near]
        for image, hypotheses in zip(some, self._score(log_probs[:, some], lists), strict=True):
            found[image] = hypotheses
        return found


def _not_a_tree(path: str | Path, error: BaseException) -> ModelError:
    if isinstance(error, FileNotFoundError):
        return ModelError(f"{path}: no such file.")
    return ModelError(f"{path}: torn, or no BK-tree of crnn ({error}).\n    Build it again from its lexicon.")
