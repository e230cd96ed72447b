"""Documents and jobs in the browser: upload, reasons, versions, withdrawal."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import FilePayload, Page, Route, expect

from core.store import documents, jobs
from core.types import OPERATOR
from tests.web.conftest import Site, sign_in
from tests.web.service import CHUNKS


def standing(site: Site) -> bool:
    with site.service.db.read() as session:
        return site.service.document_id in {found.id for found in documents.list_documents(session, OPERATOR).data}


def file(name: str) -> FilePayload:
    return {"name": name, "mimeType": "text/plain", "buffer": f"Hold the button of {name}.".encode()}


def test_an_upload_is_followed_until_it_serves(page: Page, site: Site) -> None:
    sign_in(page, site, view="#/documents")

    page.get_by_label("Files").set_input_files([file("guide.txt")])

    row = page.get_by_role("list", name="Uploads").get_by_role("listitem", name="guide.txt")
    expect(row).to_contain_text("serving")
    expect(row).to_contain_text("redacted: 3 PERSON, 1 EMAIL_ADDRESS")
    expect(page.locator("#document-list")).to_contain_text("guide.txt")


def test_of_several_files_each_tells_its_own_reason(page: Page, site: Site) -> None:
    sign_in(page, site, view="#/documents")

    page.get_by_label("Files").set_input_files(
        [file("one.txt"), file("broken.txt"), file("two.txt"), file("three.txt")]
    )

    rows = page.get_by_role("list", name="Uploads")
    expect(rows.get_by_role("listitem", name="broken.txt")).to_contain_text("The file is truncated. Export it again")
    for name in ("one.txt", "two.txt", "three.txt"):
        expect(rows.get_by_role("listitem", name=name)).to_contain_text("serving")


def paths(site: Site) -> set[str]:
    with site.service.db.read() as session:
        return {found.path for found in documents.list_documents(session, OPERATOR).data}


def test_the_files_of_a_folder_have_their_paths_in_it(page: Page, site: Site, tmp_path: Path) -> None:
    for model in ("x200", "x300"):
        (tmp_path / "manuals" / model / ".cache").mkdir(parents=True)
        (tmp_path / "manuals" / model / "manual.txt").write_text(f"Hold the button of the {model}.")
        (tmp_path / "manuals" / model / ".cache" / "thumb.txt").write_text("nothing")
    sign_in(page, site, view="#/documents")

    page.get_by_label("Folder").set_input_files(tmp_path / "manuals")

    uploads = page.get_by_role("list", name="Uploads")
    for model in ("x200", "x300"):
        expect(uploads.get_by_role("listitem", name=f"{model}/manual.txt")).to_contain_text("serving")
    assert {path for path in paths(site) if "/" in path} == {"x200/manual.txt", "x300/manual.txt"}


def test_two_files_that_would_replace_each_other_are_not_uploaded(page: Page, site: Site) -> None:
    sign_in(page, site, view="#/documents")
    before = paths(site)

    page.locator("#drop").evaluate(
        """(field) => {
            const dropped = new DataTransfer();
            for (const text of ["one", "two"]) dropped.items.add(new File([text], "manual.txt"));
            dropped.items.add(new File(["three"], "third.txt"));
            field.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }));
        }"""
    )

    problem = page.locator("#upload").get_by_text("Two files would replace each other: manual.txt and manual.txt")
    expect(problem).to_be_visible()
    assert paths(site) == before


def test_dropped_files_are_uploaded(page: Page, site: Site) -> None:
    sign_in(page, site, view="#/documents")

    page.locator("#drop").evaluate(
        """(field) => {
            const dropped = new DataTransfer();
            for (const name of ["one.txt", "two.txt"]) dropped.items.add(new File([`Hold ${name}.`], name));
            field.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }));
        }"""
    )

    for name in ("one.txt", "two.txt"):
        expect(page.get_by_role("listitem", name=name)).to_contain_text("serving")


def test_an_upload_that_comes_too_fast_is_sent_again(page: Page, site: Site) -> None:
    sign_in(page, site, view="#/documents")
    refused: list[str] = []

    def slow_down(route: Route) -> None:
        if route.request.method != "POST" or refused:
            return route.continue_()
        refused.append(route.request.url)
        return route.fulfill(status=429, headers={"Retry-After": "1"}, json={"code": "rate_limited", "detail": "Wait."})

    page.route("**/v1/documents", slow_down)
    page.get_by_label("Files").set_input_files([file("patient.txt")])

    expect(page.get_by_role("listitem", name="patient.txt")).to_contain_text("serving")
    assert len(refused) == 1


def test_files_can_be_dropped(page: Page, site: Site) -> None:
    sign_in(page, site, view="#/documents")

    page.evaluate(
        """() => {
            const transfer = new DataTransfer();
            transfer.items.add(new File(["text"], "dropped.txt"));
            document.getElementById("drop").dispatchEvent(new DragEvent("drop", { dataTransfer: transfer }));
        }"""
    )

    expect(page.get_by_role("listitem", name="dropped.txt")).to_contain_text("serving")


def test_deleting_asks_first(page: Page, site: Site) -> None:
    sign_in(page, site, view="#/documents")
    delete = page.get_by_role("button", name="Delete Router <b>X</b> manual")

    delete.click()
    page.get_by_role("button", name="Keep").click()
    assert standing(site)
    delete.click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    expect(delete).to_have_count(0)
    assert not standing(site)


def test_a_document_shows_its_versions_and_its_text(page: Page, site: Site) -> None:
    sign_in(page, site, view=f"#/document/{site.service.document_id}")

    expect(page.get_by_role("heading", name="Version 1")).to_be_visible()
    page.get_by_text("The text that answers are made from").click()

    for chunk in CHUNKS:
        expect(page.locator(".document-text")).to_contain_text(chunk.text)


def test_a_document_that_is_not_there_says_so_with_the_request_id(page: Page, site: Site) -> None:
    sign_in(page, site)

    page.goto(f"{site.url}/#/document/doc_77")

    expect(page.locator("#document-problem")).to_contain_text("There is no document 'doc_77'.")
    expect(page.locator("#document-problem")).to_contain_text("Request ")


def test_a_new_version_takes_the_old_ones_place(page: Page, site: Site) -> None:
    sign_in(page, site, view=f"#/document/{site.service.document_id}")

    page.get_by_label("Upload a new version").set_input_files([file("other name.txt")])
    expect(page.get_by_role("listitem", name="other name.txt")).to_contain_text("serving version 2")
    page.get_by_role("link", name="version 2").click()

    expect(page.get_by_role("heading", name="Version 2")).to_be_visible()
    expect(page.locator("#document")).to_contain_text("superseded")


def test_the_list_is_filtered_by_state(page: Page, site: Site) -> None:
    sign_in(page, site, view="#/documents")

    page.locator("#filter-state").select_option("failed")

    expect(page.locator("#document-list")).to_contain_text("Export it again and upload that.")
    expect(page.locator("#document-list .card")).to_have_count(1)


def test_a_failed_job_tells_its_reason_and_can_be_retried(page: Page, site: Site) -> None:
    sign_in(page, site, view="#/jobs")
    failed = page.locator("#job-list .card").filter(has_text="failed")
    expect(failed).to_contain_text("The file is truncated. Export it again and upload that.")

    failed.get_by_role("button", name="Retry").click()

    expect(page.locator("#job-list")).to_contain_text("running")
    expect(failed).to_contain_text("The file is truncated.")


def test_a_running_job_can_be_cancelled(page: Page, site: Site) -> None:
    with site.service.db.write() as session:
        job_id = jobs.enqueue(session, "ingest")
    sign_in(page, site, view="#/jobs")

    page.get_by_role("button", name=f"Cancel {job_id}").click()

    expect(page.locator("#job-list")).to_contain_text("cancelled")
