"""The operations on conversations, on lists of opt-outs, and on the answers to STOP, START and HELP."""

from __future__ import annotations

from typing import Final

from heliograph.dialects.native import _dialogue as dialogue
from heliograph.dialects.native import _things as things
from heliograph.dialects.native import _views_dialogue as views
from heliograph.dialects.native import _wire_dialogue as bodies
from heliograph.dialects.native import wire
from heliograph.dialects.native._bulk import NDJSON
from heliograph.dialects.native._operation import CSV, MEBIBYTE, Operation
from heliograph.dialects.native._wire_replies import Page
from heliograph.model.account import Reply, Scope

_CONVERSATIONS: Final = (
    Operation(
        id="listConversations",
        method="GET",
        path="/v1/conversations",
        tag="Conversations",
        summary="Handsets that wrote, by our number, newest first",
        description="With the newest message of both directions and how many are unread.",
        scope=Scope.READ,
        read=dialogue.list_conversations,
        query=bodies.ConversationsQuery,
        reply=Page[views.ConversationView],
    ),
    Operation(
        id="readConversation",
        method="GET",
        path="/v1/conversations/{msisdn}",
        tag="Conversations",
        summary="What went between a handset and a sender, both ways, newest first",
        scope=Scope.READ,
        read=dialogue.read_conversation,
        query=bodies.ConversationQuery,
        reply=Page[views.EntryView],
    ),
    Operation(
        id="markConversationRead",
        method="POST",
        path="/v1/conversations/{msisdn}/read",
        tag="Conversations",
        summary="Mark what a handset wrote as read",
        description="`takeInbound` does not give these messages any more.",
        scope=Scope.READ,
        read=dialogue.mark_read,
        query=bodies.MarkReadQuery,
        status=204,
    ),
)

_OPT_OUTS: Final = (
    Operation(
        id="importOptOuts",
        method="POST",
        path="/v1/opt-outs/import",
        tag="Opt-outs",
        summary="Keep a list of opt-outs, however long",
        description="CSV with the columns to, from, campaign (a heading may be left out), or a line of "
        f"JSON for each with the content type `{NDJSON}`. Lines that cannot be taken are told in the "
        "reply and do not stop the others; the same list may be brought again.",
        scope=Scope.MANAGE,
        read=dialogue.import_opt_outs,
        query=wire.AccountQuery,
        body=bodies.ImportLine,
        media=(CSV, NDJSON),
        table_example="to,from,campaign\n8801844909020,Heliograph,\n8801712345678,,EID-2027\n",
        lines_example='{"to":"8801844909020","from":"Heliograph"}\n{"to":"8801712345678"}\n',
        body_limit_bytes=128 * MEBIBYTE,
        spools=True,
        reply=views.ImportedView,
    ),
    Operation(
        id="exportOptOuts",
        method="GET",
        path="/v1/opt-outs/export",
        tag="Opt-outs",
        summary="A list of opt-outs as CSV, in the order of numbers",
        description="Up to 100,000 numbers in one piece; the header `Link` says where the next one is.",
        scope=Scope.READ,
        read=dialogue.export_opt_outs,
        query=bodies.ExportQuery,
        reply=str,
        reply_media=(CSV,),
    ),
)

_REPLIES: Final = (
    Operation(
        id="listReplies",
        method="GET",
        path="/v1/replies",
        tag="Opt-outs",
        summary="The account's own answers to STOP, START and HELP",
        scope=Scope.READ,
        read=things.list_things(Reply, "rep"),
        query=wire.ThingsQuery,
        reply=Page[views.ReplyView],
    ),
    Operation(
        id="createReply",
        method="POST",
        path="/v1/replies",
        tag="Opt-outs",
        summary="Answer STOP, START or HELP in other words, or not at all",
        scope=Scope.MANAGE,
        read=things.save_thing(dialogue.reply),
        query=wire.AccountQuery,
        body=bodies.ReplyBody,
        status=201,
        reply=views.ReplyView,
        examples={
            "text": {"kind": "stop", "text": "{{sender}}: no more messages. START to resume."},
            "silent": {"kind": "help", "enabled": False},
        },
    ),
    Operation(
        id="findReply",
        method="GET",
        path="/v1/replies/{id}",
        id_prefix="rep",
        tag="Opt-outs",
        summary="One answer",
        scope=Scope.READ,
        read=things.find_thing(Reply, "rep"),
        query=wire.AccountQuery,
        reply=views.ReplyView,
    ),
    Operation(
        id="changeReply",
        method="PUT",
        path="/v1/replies/{id}",
        id_prefix="rep",
        tag="Opt-outs",
        summary="Change an answer",
        scope=Scope.MANAGE,
        read=things.save_thing(dialogue.reply, "rep"),
        query=wire.AccountQuery,
        body=bodies.ReplyBody,
        reply=views.ReplyView,
    ),
    Operation(
        id="removeReply",
        method="DELETE",
        path="/v1/replies/{id}",
        id_prefix="rep",
        tag="Opt-outs",
        summary="Answer as the house does",
        scope=Scope.MANAGE,
        read=things.remove_thing(Reply, "rep"),
        query=wire.AccountQuery,
        status=204,
    ),
)

DIALOGUE: Final[tuple[Operation, ...]] = (*_CONVERSATIONS, *_OPT_OUTS, *_REPLIES)
