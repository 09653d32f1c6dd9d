from typing import Final

MAX_EVENT_BYTES: Final = 1 << 20


class EventTooLongError(ValueError):
    """An event, or a line of one, passed 1 MiB without an end."""


class SseParser:
    """Bytes, cut anywhere, to the data of server-sent events (WHATWG HTML, 9.2.6).

    Lines end in LF, CRLF or CR. Comments, ids, event names and retry times are skipped; several
    data lines of one event are joined by LF. An event without its closing blank line comes out of
    `flush`, since some servers drop the line at the end of the stream.
    """

    def __init__(self) -> None:
        self._line: list[bytes] = []
        self._data: list[bytes] = []
        self._pending_bytes = 0
        self._after_cr = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """The data of each event that `chunk` completes, in order.

        Raises:
            EventTooLongError: an unfinished event has passed 1 MiB.
        """
        chunk = self._with_lf_only(chunk)
        if b"\n" in chunk:
            *lines, rest = b"".join((*self._line, chunk)).split(b"\n")
            events = [event for line in lines if (event := self._take(line)) is not None]
            self._line = [rest]
            self._pending_bytes = len(rest) + sum(map(len, self._data))
        else:
            events = []
            self._line.append(chunk)
            self._pending_bytes += len(chunk)
        if self._pending_bytes > MAX_EVENT_BYTES:
            raise EventTooLongError
        return events

    def flush(self) -> list[bytes]:
        """The data of the event that the end of the stream completes: one or none."""
        return self.feed(b"\n\n")

    def _with_lf_only(self, chunk: bytes) -> bytes:
        if self._after_cr and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._after_cr = False
        if b"\r" in chunk:
            self._after_cr = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return chunk

    def _take(self, line: bytes) -> bytes | None:
        """The event's data when `line` is the blank one that ends an event."""
        if line.startswith(b"data:"):
            self._data.append(line[5:].removeprefix(b" "))
            return None
        if line or not self._data:
            return None
        event = b"\n".join(self._data)
        self._data.clear()
        return event
