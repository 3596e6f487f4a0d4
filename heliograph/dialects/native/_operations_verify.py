"""The operations on one-time passwords, their profiles, and the guard against pumping."""

from __future__ import annotations

from typing import Final

from heliograph.dialects.native import _verify as verify
from heliograph.dialects.native import _wire_verify as bodies
from heliograph.dialects.native import wire
from heliograph.dialects.native._operation import Operation
from heliograph.dialects.native._wire_replies import Page
from heliograph.model.account import Scope

_TAG: Final = "Verify"
_PROFILES: Final = "/v1/verify/profiles"

VERIFY: Final[tuple[Operation, ...]] = (
    Operation(
        id="issueCode",
        method="POST",
        path="/v1/verify",
        tag=_TAG,
        summary="Send a one-time password",
        description="The code is made here and shown nowhere but on the handset. A code that limits or the "
        "guard against pumping do not let pass is refused with 429 or 403.",
        scope=Scope.SEND,
        read=verify.issue,
        body=bodies.VerifyBody,
        idempotent=True,
        status=201,
        reply=bodies.IssuedView,
        examples={
            "code": {"to": "+8801712345678", "from": "Heliograph", "limit_key": "203.0.113.7"}
        },
    ),
    Operation(
        id="checkCode",
        method="POST",
        path="/v1/verify/check",
        tag=_TAG,
        summary="Check what was typed",
        description="Every try counts, and a code is good once. The reply is 200 also for a verification "
        "that never was: it is told like one that has expired.",
        scope=Scope.SEND,
        read=verify.check,
        body=bodies.CheckBody,
        reply=bodies.CheckedView,
        examples={"check": {"id": "ver_3v9k2m8q1r7tc", "code": "482913"}},
    ),
    Operation(
        id="findVerification",
        method="GET",
        path="/v1/verify/{id}",
        id_prefix="ver",
        tag=_TAG,
        summary="Where a verification stands",
        scope=Scope.READ,
        read=verify.find,
        reply=bodies.VerificationView,
    ),
    Operation(
        id="resendCode",
        method="POST",
        path="/v1/verify/{id}/resend",
        id_prefix="ver",
        tag=_TAG,
        summary="Send the same code once more",
        description="Not before `resend_after`, and as often as the profile allows.",
        scope=Scope.SEND,
        read=verify.resend,
        body=bodies.ResendBody,
        body_optional=True,
        reply=bodies.IssuedView,
    ),
    Operation(
        id="cancelVerification",
        method="POST",
        path="/v1/verify/{id}/cancel",
        id_prefix="ver",
        tag=_TAG,
        summary="Let a code work no more",
        description="One that has ended stays as it is.",
        scope=Scope.SEND,
        read=verify.cancel,
        reply=bodies.VerificationView,
    ),
    Operation(
        id="listVerifyProfiles",
        method="GET",
        path=_PROFILES,
        tag=_TAG,
        summary="Profiles of one-time passwords",
        scope=Scope.READ,
        read=verify.list_profiles,
        query=wire.ThingsQuery,
        reply=Page[bodies.ProfileView],
    ),
    Operation(
        id="createVerifyProfile",
        method="POST",
        path=_PROFILES,
        tag=_TAG,
        summary="Make a profile",
        scope=Scope.MANAGE,
        read=verify.make_profile,
        query=wire.AccountQuery,
        body=bodies.ProfileBody,
        status=201,
        reply=bodies.ProfileView,
        examples={
            "profile": {
                "name": "default",
                "texts": {"": "Shop: your code is {{code}}", "de": "Shop: Ihr Code ist {{code}}"},
                "guard": {"mode": "filter"},
                "allowed_countries": ["BD", "DE"],
            }
        },
    ),
    Operation(
        id="findVerifyProfile",
        method="GET",
        path=f"{_PROFILES}/{{id}}",
        id_prefix="vpf",
        tag=_TAG,
        summary="One profile",
        scope=Scope.READ,
        read=verify.find_profile,
        query=wire.AccountQuery,
        reply=bodies.ProfileView,
    ),
    Operation(
        id="changeVerifyProfile",
        method="PUT",
        path=f"{_PROFILES}/{{id}}",
        id_prefix="vpf",
        tag=_TAG,
        summary="Change a profile",
        scope=Scope.MANAGE,
        read=verify.change_profile,
        query=wire.AccountQuery,
        body=bodies.ProfileBody,
        reply=bodies.ProfileView,
    ),
    Operation(
        id="removeVerifyProfile",
        method="DELETE",
        path=f"{_PROFILES}/{{id}}",
        id_prefix="vpf",
        tag=_TAG,
        summary="Take a profile away; codes that were sent stay as they are",
        scope=Scope.MANAGE,
        read=verify.remove_profile,
        query=wire.AccountQuery,
        status=204,
    ),
    Operation(
        id="listGuard",
        method="GET",
        path="/v1/verify/guard",
        tag=_TAG,
        summary="What the guard against pumping knows of prefixes and countries",
        description="Counts of the last day, and what was done to the area.",
        scope=Scope.READ,
        read=verify.guard,
        reply=bodies.GuardView,
    ),
    Operation(
        id="releaseGuard",
        method="DELETE",
        path="/v1/verify/guard/{area}",
        tag=_TAG,
        summary="Let an area be written to again",
        description="It is judged by what follows. In the mode `block` release the country too.",
        scope=Scope.MANAGE,
        read=verify.release,
        status=204,
    ),
)
