"""The operations on lists of recipients and on suppression lists: the same, under two paths."""

from __future__ import annotations

from typing import Final

from heliograph.dialects.native import _lists as lists
from heliograph.dialects.native import _wire_lists as bodies
from heliograph.dialects.native._operation import CSV, MEBIBYTE, Operation
from heliograph.dialects.native._wire_replies import Page
from heliograph.model.account import Scope
from heliograph.model.lists import DownloadList, FindList, RemoveList

_FILE_BYTES: Final = 256 * MEBIBYTE
_NUMBERS_BYTES: Final = 4 * MEBIBYTE
_OCTETS: Final = "application/octet-stream"
_MEDIA: Final = (lists.MULTIPART, CSV, lists.XLSX, _OCTETS)
_EXAMPLE: Final = "to,first_name\n8801844909020,Zoë\n8801712345678,Bob\n"
_IMPORT: Final = (
    "CSV with `,` `;` or tab, in UTF-8, UTF-16 or Latin-1, or XLSX (its first sheet); as the body, or as "
    "the part `file` of a multipart form. Lines that cannot be taken are counted and reported, and do not "
    "stop the others. The list changes by one commit at the end: until then, and when the import fails, it "
    "is as it was. A reply with the status 202 comes before the end; `Location` says where to look. "
)


def _operations(*, suppression: bool) -> tuple[Operation, ...]:
    path = "/v1/suppressions" if suppression else "/v1/lists"
    noun = "SuppressionList" if suppression else "RecipientList"
    words = "suppression list" if suppression else "list of recipients"
    tag, reader = "Lists", {"suppression": suppression}
    return (
        Operation(
            id=f"list{noun}s",
            method="GET",
            path=path,
            tag=tag,
            summary=f"Every {words}, newest first",
            scope=Scope.READ,
            read=lists.list_lists(**reader),
            query=bodies.ListsQuery,
            reply=Page[bodies.ListView],
        ),
        Operation(
            id=f"create{noun}",
            method="POST",
            path=path,
            tag=tag,
            summary=f"Make a {words} from numbers",
            scope=Scope.MANAGE,
            read=lists.make_list(**reader),
            body=bodies.ListBody,
            body_limit_bytes=_NUMBERS_BYTES,
            status=201,
            reply=bodies.FilledView,
            examples={"list": {"name": "Customers", "numbers": ["8801844909020"]}},
        ),
        *_files(path, noun, words, suppression=suppression),
        *_on_one(path, noun, words, suppression=suppression),
        *_on_members(path, noun, words, suppression=suppression),
    )


def _files(path: str, noun: str, words: str, *, suppression: bool) -> tuple[Operation, ...]:
    tag, prefix, reader = "Lists", lists.PREFIX[suppression], {"suppression": suppression}
    return (
        Operation(
            id=f"importNew{noun}",
            method="POST",
            path=f"{path}/import",
            tag=tag,
            summary=f"Make a {words} from a file",
            description=_IMPORT,
            scope=Scope.MANAGE,
            read=lists.import_file(**reader),
            query=bodies.FileQuery,
            body=bodies.ListFileForm,
            media=_MEDIA,
            table_example=_EXAMPLE,
            body_limit_bytes=_FILE_BYTES,
            spools=True,
            begins=True,
            reply=bodies.ImportView,
        ),
        Operation(
            id=f"import{noun}",
            method="POST",
            path=f"{path}/{{id}}/import",
            id_prefix=prefix,
            tag=tag,
            summary=f"Add a file to a {words}, or replace it by one",
            description=_IMPORT,
            scope=Scope.MANAGE,
            read=lists.import_file(**reader),
            query=bodies.FileQuery,
            body=bodies.ListFileForm,
            media=_MEDIA,
            table_example=_EXAMPLE,
            body_limit_bytes=_FILE_BYTES,
            spools=True,
            begins=True,
            reply=bodies.ImportView,
        ),
    )


def _on_one(path: str, noun: str, words: str, *, suppression: bool) -> tuple[Operation, ...]:
    tag, prefix, reader = "Lists", lists.PREFIX[suppression], {"suppression": suppression}
    return (
        Operation(
            id=f"find{noun}",
            method="GET",
            path=f"{path}/{{id}}",
            id_prefix=prefix,
            tag=tag,
            summary=f"One {words}",
            scope=Scope.READ,
            read=lists.on_list(FindList, **reader),
            reply=bodies.ListView,
        ),
        Operation(
            id=f"change{noun}",
            method="PATCH",
            path=f"{path}/{{id}}",
            id_prefix=prefix,
            tag=tag,
            summary=f"Rename a {words}, switch it on or off",
            scope=Scope.MANAGE,
            read=lists.change_list(**reader),
            body=bodies.ListChangeBody,
            reply=bodies.ListView,
            examples={"name": {"name": "Former customers"}},
        ),
        Operation(
            id=f"remove{noun}",
            method="DELETE",
            path=f"{path}/{{id}}",
            id_prefix=prefix,
            tag=tag,
            summary=f"Take a {words} away for good",
            description="Broadcasts that were accepted with it go on as if it were there.",
            scope=Scope.MANAGE,
            read=lists.on_list(RemoveList, **reader),
            status=204,
        ),
    )


def _on_members(path: str, noun: str, words: str, *, suppression: bool) -> tuple[Operation, ...]:
    tag, prefix, reader = "Lists", lists.PREFIX[suppression], {"suppression": suppression}
    return (
        Operation(
            id=f"list{noun}Members",
            method="GET",
            path=f"{path}/{{id}}/members",
            id_prefix=prefix,
            tag=tag,
            summary=f"Who is on a {words}",
            scope=Scope.READ,
            read=lists.list_members(**reader),
            query=bodies.MembersQuery,
            reply=bodies.MembersView,
        ),
        Operation(
            id=f"add{noun}Members",
            method="POST",
            path=f"{path}/{{id}}/members",
            id_prefix=prefix,
            tag=tag,
            summary=f"Put numbers on a {words}",
            scope=Scope.MANAGE,
            read=lists.add_members(**reader),
            body=bodies.MembersBody,
            body_limit_bytes=_NUMBERS_BYTES,
            reply=bodies.FilledView,
            examples={"numbers": {"numbers": ["8801844909020"]}},
        ),
        Operation(
            id=f"remove{noun}Members",
            method="POST",
            path=f"{path}/{{id}}/members/remove",
            id_prefix=prefix,
            tag=tag,
            summary=f"Take numbers off a {words}",
            scope=Scope.MANAGE,
            read=lists.remove_members(**reader),
            body=bodies.NumbersBody,
            body_limit_bytes=_NUMBERS_BYTES,
            reply=bodies.RemovedView,
            examples={"numbers": {"numbers": ["8801844909020"]}},
        ),
        Operation(
            id=f"download{noun}",
            method="GET",
            path=f"{path}/{{id}}/download",
            id_prefix=prefix,
            tag=tag,
            summary=f"A whole {words} as CSV",
            description="As it was when the download began.",
            scope=Scope.READ,
            read=lists.on_list(DownloadList, **reader),
            reply=str,
            reply_media=(CSV,),
        ),
    )


_IMPORTS: Final = (
    Operation(
        id="previewList",
        method="POST",
        path="/v1/lists/preview",
        tag="Lists",
        summary="Look at a file before it is imported",
        description="For either kind of list. Nothing is kept.",
        scope=Scope.READ,
        dry=True,
        read=lists.preview,
        query=bodies.PreviewQuery,
        body=bodies.ListFileForm,
        media=_MEDIA,
        table_example=_EXAMPLE,
        body_limit_bytes=_FILE_BYTES,
        spools=True,
        reply=bodies.PreviewView,
    ),
    Operation(
        id="findListImport",
        method="GET",
        path="/v1/lists/imports/{id}",
        id_prefix="imp",
        tag="Lists",
        summary="How far an import is",
        description="Of either kind of list. It is kept for 30 days.",
        scope=Scope.READ,
        read=lists.find_import,
        reply=bodies.ImportView,
    ),
    Operation(
        id="listRefusedLines",
        method="GET",
        path="/v1/lists/imports/{id}/refused",
        id_prefix="imp",
        tag="Lists",
        summary="The lines that an import refused, as CSV",
        description="Number and reason of the first 10,000.",
        scope=Scope.READ,
        read=lists.find_refused,
        reply=str,
        reply_media=(CSV,),
    ),
)

LISTS: Final[tuple[Operation, ...]] = (
    *_operations(suppression=False),
    *_operations(suppression=True),
    *_IMPORTS,
)
