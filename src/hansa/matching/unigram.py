"""The tokeniser of multilingual-e5: SentencePiece's unigram model (Kudo 2018, arXiv:1804.10959), in plain Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_BLANK = "\u2581"
_UNKNOWN_PENALTY = 10.0


@dataclass(frozen=True)
class Unigram:
    """Cuts a text into the most probable sequence of known pieces.

    `pieces` maps a piece to (token number, log probability); `replacements` maps a character to what stands for it
    (compatibility forms, blanks, characters to be dropped); `unknown` is the token of an unknown character.
    """

    pieces: Mapping[str, tuple[int, float]]
    replacements: Mapping[int, str]
    unknown: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "_longest", max((len(piece) for piece in self.pieces), default=1))
        lowest = min((score for _, score in self.pieces.values()), default=0.0)
        object.__setattr__(self, "_unknown_score", lowest - _UNKNOWN_PENALTY)

    def tokens(self, text: str) -> list[int]:
        """Token numbers of a text, without the marks of beginning and end."""
        result: list[int] = []
        for word in self._marked(text):
            result.extend(self._best_path(word))
        return result

    def _marked(self, text: str) -> list[str]:
        """The normalised text cut before every blank: no piece but a run of blanks crosses that border."""
        text = text.translate(self.replacements)
        while "  " in text:
            text = text.replace("  ", " ")
        if not text.startswith(" "):
            text = " " + text
        return [_BLANK + word for word in text[1:].split(" ")]

    def _best_path(self, word: str) -> list[int]:
        n = len(word)
        longest: int = self._longest  # type: ignore[attr-defined]
        unknown_score: float = self._unknown_score  # type: ignore[attr-defined]
        best = [0.0] + [float("-inf")] * n
        back = [(0, self.unknown)] * (n + 1)
        for start in range(n):
            here = best[start]
            for end in range(start + 1, min(n, start + longest) + 1):
                piece = self.pieces.get(word[start:end])
                if piece is not None and here + piece[1] > best[end]:
                    best[end] = here + piece[1]
                    back[end] = (start, piece[0])
            if here + unknown_score > best[start + 1]:
                best[start + 1] = here + unknown_score
                back[start + 1] = (start, self.unknown)
        path: list[int] = []
        end = n
        while end > 0:
            end, token = back[end]
            path.append(token)
        return path[::-1]
