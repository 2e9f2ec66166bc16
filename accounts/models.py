"""Users, organisations (the tenants), memberships, staff roles, keys and authority."""

import uuid
from typing import ClassVar, Self, TypeVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from rest_framework_api_key.models import AbstractAPIKey, APIKeyManager

from accounts.principal import Principal
from accounts.roles import MEMBER_LABELS, STAFF_LABELS

Row = TypeVar("Row", bound=models.Model, covariant=True)


class UserManager(BaseUserManager["User"]):
    """Users are found by e-mail address, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A person, of the insurer or of a customer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    def __str__(self) -> str:
        return self.name


class Organisation(models.Model):
    """An insured, and thereby a tenant."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200, unique=True)
    country = models.CharField(max_length=2)  # ISO 3166-1 alpha-2
    address = models.TextField(blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A user's role in an organisation."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=list(MEMBER_LABELS.items()))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "organisation"], name="member_once")]


class StaffRole(models.Model):
    """A role a user holds at the insurer."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="staff_roles")
    role = models.CharField(max_length=16, choices=list(STAFF_LABELS.items()))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "role"], name="staff_role_once")]


class Authority(models.Model):
    """How far one staff member may bind cover or decide claims alone, in one currency."""

    class Kind(models.TextChoices):
        BIND = "bind"  # limit of liability of a policy
        CLAIM = "claim"  # reserve or payment on a claim

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="authorities")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    amount = models.DecimalField(max_digits=16, decimal_places=2)
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind", "currency"], name="authority_once")]


class ApiKeyManager(APIKeyManager):
    """Makes keys; only prefix and hash are stored."""

    def get_usable_keys(self) -> models.QuerySet["ApiKey"]:
        return super().get_usable_keys().select_related("user")


class ApiKey(AbstractAPIKey):
    """A key of an organisation (its role: engineer) or of one person (that person's roles)."""

    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.CASCADE, related_name="api_keys")
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="api_keys")
    last_used_at = models.DateTimeField(null=True)

    objects: ClassVar[ApiKeyManager] = ApiKeyManager()

    class Meta(AbstractAPIKey.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(organisation__isnull=False, user__isnull=True)
                | models.Q(organisation__isnull=True, user__isnull=False),
                name="key_has_one_holder",
            )
        ]


class TenantQuerySet(models.QuerySet[Row]):
    """Rows of tenants. visible_to is the only way from a request to a row."""

    def visible_to(self, principal: Principal) -> Self:
        """All rows for the insurer's staff, the own organisations' rows for members, none for anybody else."""
        if principal.is_staff:
            return self.all()
        return self.filter(organisation_id__in=list(principal.memberships))


class TenantModel(models.Model):
    """A row that belongs to one organisation."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        abstract = True
