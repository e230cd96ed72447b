"""Routes for administrators: forget a document, and the receipts of what was erased."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.auth import Admin
from api.deps import ServicesDep, reply
from api.idempotency import OnceOnly
from api.paging import cut
from api.reference import problems
from api.schemas.common import PageQuery, PageView, page_view
from api.schemas.receipts import ReceiptView
from core.store.erasure import receipts
from service.forget import forget as forget_document

router = APIRouter(prefix="/v1", tags=["receipts"])


@router.post(
    "/documents/{document_id}:forget", status_code=201, response_model=ReceiptView, responses=problems(404, 507)
)
def forget(document_id: str, services: ServicesDep, caller: Admin, once: OnceOnly) -> Response:
    """Erase a document and everything made from it, and return the receipt.

    Answers that were made from it, feedback on them, examples and the models tuned on these are erased too. It also
    works for a document that was deleted before. If `complete` is false, something is left: forget it again.
    """

    def make() -> Response:
        receipt = forget_document(services, caller, document_id).receipt
        return reply(ReceiptView.model_validate(receipt.body), 201, f"/v1/receipts/{receipt.id}")

    return once(caller, b"", make)


@router.get("/receipts")
def list_receipts(query: Annotated[PageQuery, Query()], services: ServicesDep, caller: Admin) -> PageView[ReceiptView]:
    """List the receipts of forgotten documents, newest first."""
    with services.db.read() as session:
        found = receipts.list_receipts(session)[::-1]
    page = cut(found, [f"{receipt.number:012d}" for receipt in found], query.limit, query.cursor)
    return page_view(page, [ReceiptView.model_validate(receipt.body) for receipt in page.data])


@router.get("/receipts/{receipt_id}", responses=problems(404))
def get_receipt(receipt_id: str, services: ServicesDep, caller: Admin) -> ReceiptView:
    """Return a receipt as it was issued. `vouch receipts verify --file` checks what this returns."""
    with services.db.read() as session:
        return ReceiptView.model_validate(receipts.get_receipt(session, receipt_id).body)
