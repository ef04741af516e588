"""What an erasure left: the person's distinctive words, sought everywhere, reported per place.

residue.gather(subject, case)        # before: words sealed under a key of the case
residue.advance(step, cursor)        # the step of the erasure's run; again after 30 days
residue.discard(case)                # the person took it back
residue.search(words)                # for drills
"""

from collections import Counter
from uuid import UUID

from privacy.residue.cases import advance, discard, gather
from privacy.residue.searching import Searcher
from privacy.residue.words import Words, typed_words, words_of

__all__ = ["Words", "advance", "discard", "gather", "search", "typed_words", "words_of"]


def search(words: Words, *, subject: UUID | None = None) -> dict[str, int]:
    """Search everything now; returns how often each place holds a word, never which."""
    found: Counter[str] = Counter()
    for progress in Searcher(words, subject).all():
        found.update(progress.found)
        found.update({f"not searched: {place}": 0 for place in progress.not_searched})
    return dict(sorted(found.items()))
