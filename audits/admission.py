"""Letting an upload in: its first bytes are judged before the rest is read, then it is streamed to a private file."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from core.errors import PlimsollError
from provenance.staging import Staged, stage


@dataclass(frozen=True)
class Admission:
    """What one kind of upload must be. `judge` raises for a head (at most `head` bytes) of a form that is refused."""

    judge: Callable[[bytes], object]
    head: int
    limit: Callable[[], int]  # bytes; a setting, so it is read when it is needed
    smaller: str  # what to do with a file over the limit
    empty: Callable[[], PlimsollError]

    def stage(self, chunks: Iterable[bytes]) -> Staged:
        """`chunks` as a staged file. Raises before the rest is read if the form is refused; then no file remains."""
        staged = stage(self._admitted(chunks), limit=self.limit(), remedy=self.smaller)
        if not staged.size:
            staged.discard()
            raise self.empty()
        return staged

    def _admitted(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The same bytes, unless the first of them show a form that is never opened."""
        head, held, judged = b"", [], False
        for chunk in chunks:
            if judged:
                yield chunk
                continue
            held.append(chunk)
            head += chunk
            if len(head) >= self.head:
                self.judge(head[: self.head])
                judged = True
                yield from held
        if not judged:
            self.judge(head)
            yield from held
