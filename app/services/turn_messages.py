"""The messages that a turn is made of, before they have a place."""

from datetime import datetime

from app.core.privacy import EffectivePrivacy
from app.models.ids import MessageId, RunId, new_id
from app.models.message import Message, Role
from app.models.session import Session
from app.services.turn_privacy import Exposure


def said(
    session: Session,
    text: str,
    *,
    privacy: EffectivePrivacy,
    exposure: Exposure,
    learnable: bool,
    run_id: RunId,
    at: datetime,
) -> Message:
    """What the user says now."""
    return Message(
        id=MessageId(new_id()),
        user_id=session.user_id,
        profile_id=session.profile_id,
        session_id=session.id,
        seq=0,
        role=Role.USER,
        content=text,
        privacy_mode=privacy.mode,
        tightened_by=privacy.tightened_by,
        learnable=learnable,
        searchable=exposure.searchable,
        withheld=exposure.withheld,
        run_id=run_id,
        created_at=at,
    )
