"""Routes for conversations: questions in a row. A conversation is visible only to its own key, whatever the scopes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.answering import stored_view
from api.auth import Asker
from api.deps import ServicesDep, reply
from api.idempotency import OnceOnly
from api.reference import problems
from api.schemas.answers import StoredAnswerView
from api.schemas.common import PageQuery, PageView, page_view
from api.schemas.conversations import ConversationBody, ConversationView, TurnView, WholeConversationView
from core.store import conversations
from core.store.conversations import Conversation, Turn

router = APIRouter(prefix="/v1/conversations", tags=["conversations"])


@router.post("", status_code=201, response_model=ConversationView, responses=problems(409))
def begin_conversation(
    services: ServicesDep, caller: Asker, once: OnceOnly, body: ConversationBody | None = None
) -> Response:
    """Begin a conversation. Send its id as `conversation_id` with each question that belongs to it."""

    def make() -> Response:
        with services.db.write() as session:
            made = conversations.begin(session, caller, services.settings.keep_conversations_days)
        return reply(_view(made), 201, f"/v1/conversations/{made.id}")

    return once(caller, body or ConversationBody(), make)


@router.get("")
def list_conversations(
    query: Annotated[PageQuery, Query()], services: ServicesDep, caller: Asker
) -> PageView[ConversationView]:
    """List this key's conversations, newest first."""
    days = services.settings.keep_conversations_days
    with services.db.read() as session:
        page = conversations.list_own(session, caller, days, limit=query.limit, cursor=query.cursor)
    return page_view(page, [_view(each) for each in page.data])


@router.get("/{conversation_id}", responses=problems(404))
def get_conversation(conversation_id: str, services: ServicesDep, caller: Asker) -> WholeConversationView:
    """Return a conversation with its turns, without the text of answers whose sources this key may no longer see."""
    days = services.settings.keep_conversations_days
    with services.db.read() as session:
        view = _view(conversations.get(session, conversation_id, caller, days))
        turns = conversations.turns(session, conversation_id, caller, days)
        turn_views = [_turn_view(turn, stored_view(session, turn.answer, caller)) for turn in turns]
    return WholeConversationView(**view.model_dump(), turns=turn_views)


@router.delete("/{conversation_id}", status_code=204, response_model=None, responses=problems(404))
def delete_conversation(conversation_id: str, services: ServicesDep, caller: Asker) -> Response:
    """Erase a conversation: its questions as typed and as understood, their answers, and the feedback on them."""
    with services.db.write() as session:
        conversations.erase(session, conversation_id, caller, services.settings.keep_conversations_days)
    return Response(status_code=204)


def _view(conversation: Conversation) -> ConversationView:
    return ConversationView(
        id=conversation.id,
        turn_count=conversation.turns,
        created_at=conversation.created_at,
        updated_at=conversation.updated_at,
        expires_at=conversation.expires_at,
    )


def _turn_view(turn: Turn, answer: StoredAnswerView) -> TurnView:
    return TurnView(
        question=turn.question,
        standalone_question=turn.standalone,
        answer_id=answer.id,
        status=answer.status,
        text=answer.text,
        withdrawn=answer.withdrawn,
        created_at=answer.created_at,
    )
