import asyncio
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.api.hangup import until_gone
from app.services.exporting import Export

_SENT_AT_A_TIME_BYTES: Final = 256 * 1024


class FileAnswer(Response):
    """An export as a download, gone when it is sent or when the client has hung up.

    When its owner deletes something meanwhile, it breaks off.
    """

    def __init__(self, export: Export) -> None:
        name = f"memorychat-{export.scope}-{export.created_at:%Y%m%dT%H%M%SZ}.jsonl"
        super().__init__(
            status_code=200,
            media_type=export.media_type,
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "Cache-Control": "no-store",
            },
        )
        self.headers["content-length"] = str(export.size_bytes)
        self._export = export

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends the file a piece at a time."""
        with self._export.file:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await until_gone(self._send_all(send), receive)

    async def _send_all(self, send: Send) -> None:
        file = self._export.file
        while piece := await asyncio.to_thread(file.read, _SENT_AT_A_TIME_BYTES):
            if self._export.departure.is_recalled:
                return  # too short for its length, so that the client sees it fail
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
