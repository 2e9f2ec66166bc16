"""Accounts over the API: logging in, staff, organisations, members, keys, authority."""

from typing import Any
from uuid import UUID

from django.contrib.auth import authenticate
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import EVERYONE, Access
from accounts.models import ApiKey, Authority, Membership, Organisation, User
from accounts.roles import (
    ADMINISTRATOR,
    ALL_MEMBERS,
    ALL_STAFF,
    ENGINEER,
    MEMBER_LABELS,
    OWNER,
    UNDERWRITER,
)
from accounts.scope import organisation_pick
from accounts.selectors import members_of, organisations_visible, staff_all
from accounts.services import (
    authority_set,
    key_revoke,
    member_add,
    member_remove,
    organisation_create,
    organisation_key_create,
    staff_add,
    token_create,
)
from core.api.idempotency import idempotent
from core.api.pagination import page_of
from core.api.requests import valid
from core.api.schema import page_schema, problems
from core.api.serializers import StrictSerializer
from core.api.views import ApiView
from core.errors import NotAuthenticated, NotFound

PEOPLE = Access(staff=frozenset({ADMINISTRATOR}), members=frozenset({OWNER}))
SEE_OWN = Access(staff=ALL_STAFF, members=ALL_MEMBERS)
ADMIN = Access(staff=frozenset({ADMINISTRATOR}))
KEYS = Access(staff=frozenset({ADMINISTRATOR}), members=frozenset({OWNER, ENGINEER}))


class TokenIn(StrictSerializer):
    email = serializers.EmailField()
    password = serializers.CharField(max_length=200, trim_whitespace=False)


class KeyOut(serializers.ModelSerializer[ApiKey]):
    # The row's own id holds the key's hash, which is nobody's business; the prefix is unique and says as much.
    id = serializers.CharField(source="prefix", read_only=True, help_text="The key's prefix.")

    class Meta:
        model = ApiKey
        fields = ("id", "name", "prefix", "created", "expiry_date", "revoked", "last_used_at")
        read_only_fields = fields


class NewKeyOut(KeyOut):
    key = serializers.CharField(help_text="Shown once. Send it as «Authorization: Api-Key <key>».")

    class Meta(KeyOut.Meta):
        fields = (*KeyOut.Meta.fields, "key")


class KeyIn(StrictSerializer):
    name = serializers.CharField(max_length=50, help_text="What the key is for.")


class OrganisationOut(serializers.ModelSerializer[Organisation]):
    class Meta:
        model = Organisation
        fields = ("id", "name", "country", "address", "created_at")


class OrganisationIn(StrictSerializer):
    name = serializers.CharField(max_length=200)
    country = serializers.CharField(max_length=2, help_text="ISO 3166-1 alpha-2, such as US.")
    address = serializers.CharField(max_length=1000, default="", allow_blank=True)


class PersonIn(StrictSerializer):
    email = serializers.EmailField()
    name = serializers.CharField(max_length=200)
    password = serializers.CharField(
        max_length=200,
        required=False,
        trim_whitespace=False,
        help_text="12 characters or more; made for you if absent.",
    )


class StaffIn(PersonIn):
    roles = serializers.ListField(child=serializers.ChoiceField(sorted(ALL_STAFF)), allow_empty=False, max_length=5)


class MemberIn(PersonIn):
    role = serializers.ChoiceField(list(MEMBER_LABELS.items()))


class StaffOut(serializers.ModelSerializer[User]):
    roles = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ("id", "email", "name", "roles")

    def get_roles(self, user: User) -> list[str]:
        return sorted(row.role for row in user.staff_roles.all())


def _made_password() -> serializers.CharField:
    return serializers.CharField(allow_null=True, help_text="Made here and shown once; null if you chose it.")


class NewStaffOut(StaffOut):
    password = _made_password()

    class Meta(StaffOut.Meta):
        fields = (*StaffOut.Meta.fields, "password")


class MemberOut(serializers.ModelSerializer[Membership]):
    email = serializers.EmailField(source="user.email")
    name = serializers.CharField(source="user.name")

    class Meta:
        model = Membership
        fields = ("id", "email", "name", "role")


class NewMemberOut(MemberOut):
    password = _made_password()

    class Meta(MemberOut.Meta):
        fields = (*MemberOut.Meta.fields, "password")


class AuthorityIO(StrictSerializer, serializers.ModelSerializer[Authority]):
    currency = serializers.RegexField(r"^[A-Z]{3}$")

    class Meta:
        model = Authority
        fields = ("kind", "amount", "currency")
        # The grant is replaced, so an existing one is no clash.
        validators: list[Any] = []


class MeOut(serializers.Serializer[None]):
    label = serializers.CharField()
    kind = serializers.CharField()
    staff_roles = serializers.ListField(child=serializers.CharField())
    memberships = serializers.DictField(child=serializers.CharField())


class TokenView(ApiView):
    """Log in for a script: e-mail and password for a key valid for a working day."""

    access = {"POST": EVERYONE}
    authentication_classes = ()

    @extend_schema(request=TokenIn, responses={201: NewKeyOut, **problems(422, 429)})
    def post(self, request: Request) -> Response:
        data = valid(TokenIn, request)
        user = authenticate(request._request, username=data["email"], password=data["password"])
        if not isinstance(user, User):
            raise NotAuthenticated("E-mail address or password is wrong.", remedy="Check both; five failures lock.")
        row, key = token_create(user=user, at=timezone.now())
        return _key_once(row, key)


class MeView(ApiView):
    """Who this key or session is."""

    access = {"GET": SEE_OWN}

    @extend_schema(responses={200: MeOut, **problems()})
    def get(self, request: Request) -> Response:
        who = request.principal
        memberships = {str(key): role for key, role in who.memberships.items()}
        return Response(
            {
                "label": who.actor.label,
                "kind": who.actor.kind,
                "staff_roles": sorted(who.staff_roles),
                "memberships": memberships,
            }
        )


class StaffView(ApiView):
    """The insurer's people."""

    access = {"GET": Access(staff=ALL_STAFF), "POST": ADMIN}

    @extend_schema(responses={200: page_schema(StaffOut), **problems()})
    def get(self, request: Request) -> Response:
        return Response({"items": StaffOut(staff_all(), many=True).data, "next": None})

    @extend_schema(request=StaffIn, responses={201: NewStaffOut, **problems(409, 422)})
    def post(self, request: Request) -> Response:
        data = valid(StaffIn, request)
        user, password = staff_add(
            email=data["email"],
            name=data["name"],
            roles=data["roles"],
            password=data.get("password"),
            actor=request.principal.actor,
            at=timezone.now(),
        )
        return _with_password(StaffOut(user).data, None if "password" in data else password)


class AuthorityView(ApiView):
    """How far a staff member may bind or decide claims alone."""

    access = {"PUT": ADMIN}

    @extend_schema(request=AuthorityIO, responses={200: AuthorityIO, **problems(404, 422)})
    def put(self, request: Request, pk: UUID) -> Response:
        user = staff_all().filter(pk=pk).first()
        if user is None:
            raise NotFound("No such staff member.")
        data = valid(AuthorityIO, request)
        grant = authority_set(user=user, **data, actor=request.principal.actor, at=timezone.now())
        return Response(AuthorityIO(grant).data)


class OrganisationsView(ApiView):
    """Customers."""

    access = {"GET": SEE_OWN, "POST": Access(staff=frozenset({ADMINISTRATOR, UNDERWRITER}))}

    @extend_schema(responses={200: page_schema(OrganisationOut), **problems()})
    def get(self, request: Request) -> Response:
        return Response(page_of(organisations_visible(request.principal), request, OrganisationOut))

    @extend_schema(request=OrganisationIn, responses={201: OrganisationOut, **problems(409, 422)})
    @idempotent
    def post(self, request: Request) -> Response:
        data = valid(OrganisationIn, request)
        made = organisation_create(**data, actor=request.principal.actor, at=timezone.now())
        return Response(OrganisationOut(made).data, status=201)


class OrganisationView(ApiView):
    """One customer."""

    access = {"GET": SEE_OWN}

    @extend_schema(responses={200: OrganisationOut, **problems(404)})
    def get(self, request: Request, pk: UUID) -> Response:
        found = organisation_pick(principal=request.principal, access=self.access["GET"], requested=pk)
        return Response(OrganisationOut(found).data)


class MembersView(ApiView):
    """A customer's people."""

    access = {"GET": SEE_OWN, "POST": PEOPLE}

    @extend_schema(responses={200: page_schema(MemberOut), **problems(404)})
    def get(self, request: Request, pk: UUID) -> Response:
        found = organisation_pick(principal=request.principal, access=self.access["GET"], requested=pk)
        return Response({"items": MemberOut(members_of(found.pk), many=True).data, "next": None})

    @extend_schema(request=MemberIn, responses={201: NewMemberOut, **problems(404, 409, 422)})
    def post(self, request: Request, pk: UUID) -> Response:
        found = organisation_pick(principal=request.principal, access=PEOPLE, requested=pk)
        data = valid(MemberIn, request)
        given = {"password": None, **data, "actor": request.principal.actor, "at": timezone.now()}
        member, password = member_add(organisation=found, **given)
        return _with_password(MemberOut(member).data, None if "password" in data else password)


class MemberView(ApiView):
    """One person of a customer."""

    access = {"DELETE": PEOPLE}

    @extend_schema(request=None, responses={204: None, **problems(404, 409)})
    def delete(self, request: Request, pk: UUID, member: int) -> Response:
        found = organisation_pick(principal=request.principal, access=PEOPLE, requested=pk)
        row = members_of(found.pk).filter(pk=member).first()
        if row is None:
            raise NotFound("No such member.")
        member_remove(member=row, actor=request.principal.actor, at=timezone.now())
        return Response(status=204)


class KeysView(ApiView):
    """Keys of a customer's programs."""

    access = {"GET": KEYS, "POST": KEYS}

    @extend_schema(responses={200: page_schema(KeyOut), **problems(404)})
    def get(self, request: Request, pk: UUID) -> Response:
        found = organisation_pick(principal=request.principal, access=KEYS, requested=pk)
        return Response({"items": KeyOut(found.api_keys.order_by("-created"), many=True).data, "next": None})

    @extend_schema(request=KeyIn, responses={201: NewKeyOut, **problems(404, 422)})
    def post(self, request: Request, pk: UUID) -> Response:
        found = organisation_pick(principal=request.principal, access=KEYS, requested=pk)
        data = valid(KeyIn, request)
        row, key = organisation_key_create(
            organisation=found, name=data["name"], actor=request.principal.actor, at=timezone.now()
        )
        return _key_once(row, key)


class KeyView(ApiView):
    """One key."""

    access = {"DELETE": KEYS}

    @extend_schema(request=None, responses={204: None, **problems(404, 409)})
    def delete(self, request: Request, pk: UUID, key: str) -> Response:
        found = organisation_pick(principal=request.principal, access=KEYS, requested=pk)
        row = found.api_keys.filter(prefix=key).first()
        if row is None:
            raise NotFound("No such key.")
        key_revoke(key=row, actor=request.principal.actor, at=timezone.now())
        return Response(status=204)


def _with_password(person: Any, made: str | None) -> Response:
    """A new person, with the password that was made here; one that the caller chose is not repeated."""
    return Response({**person, "password": made}, status=201, headers={"Cache-Control": "no-store"})


def _key_once(row: ApiKey, key: str) -> Response:
    return Response({**KeyOut(row).data, "key": key}, status=201, headers={"Cache-Control": "no-store"})
