import logging
import time
from uuid import uuid4

from fastapi import APIRouter, WebSocket
from starlette.responses import Response

from app.api.deps import Services
from app.api.errors import app_error_response
from app.api.socket.conversation import Conversation
from app.api.socket.opening import chosen_subprotocol, is_welcome, offered_token
from app.core.logging import request_id
from app.core.socket_errors import OriginRefused, UpgradeRequired

logger = logging.getLogger("app.access")

router = APIRouter(prefix="/ws")


@router.websocket("")
async def open_socket(websocket: WebSocket, services: Services) -> None:
    """Ask for answers and follow them, several at a time, on one socket."""
    token = request_id.set(uuid4().hex)
    started_s = time.perf_counter()
    try:
        if not is_welcome(websocket, services.settings.cors_origins):
            refusal = app_error_response(OriginRefused(), instance=websocket.url.path)
            await websocket.send_denial_response(refusal)
            return
        await websocket.accept(subprotocol=chosen_subprotocol(websocket))
        with services.state.metrics.sockets_open.track_inprogress():
            code = await Conversation(websocket, services).go_on(offered_token(websocket))
        duration_ms = round((time.perf_counter() - started_s) * 1000, 2)
        told = {"operation": "open_socket", "code": int(code), "duration_ms": duration_ms}
        logger.info("socket", extra=told)
    finally:
        request_id.reset(token)


@router.get("", include_in_schema=False)
async def refuse_without_upgrade() -> Response:
    """A WebSocket is opened here, and nothing else."""
    raise UpgradeRequired
