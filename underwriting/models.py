"""What underwriting keeps: registered models, their versions and deployments, audit orders, plans, prices, referrals.

Registrations may change until the first audit; versions, switches, plans and prices never change once written.
"""

import uuid

from django.db import models

from accounts.models import TenantModel

HASH_LENGTH = 80


class RegisteredModel(TenantModel):
    """A model a customer wants covered: what it decides, for whom, how often, and how it shall be measured."""

    class State(models.TextChoices):
        REGISTERED = "registered"  # may be audited, priced and deployed
        RETIRED = "retired"  # no new versions, audits or prices; its history stays

    name = models.CharField(max_length=200)
    purpose = models.TextField()
    population = models.TextField(blank=True)
    use_class = models.CharField(max_length=40)  # a use class of the rating plan
    industry = models.CharField(max_length=20)  # the code of a row of the plan's industry table
    harm_text = models.TextField()
    decisions_per_year = models.PositiveBigIntegerField()
    # Levels of the plan's factors, by their keys in the plan.
    autonomy = models.CharField(max_length=40)
    criticality = models.CharField(max_length=40)
    data_sensitivity = models.CharField(max_length=40)
    third_party = models.CharField(max_length=40)
    jurisdiction = models.CharField(max_length=40)
    validation_age = models.CharField(max_length=40)
    oversight = models.JSONField(null=True)  # {"coverage", "catch_lcb"}, measured by a seeded-error test
    dependencies = models.JSONField(default=list)  # [{"kind", "name", "version"}]: accumulation keys
    currency = models.CharField(max_length=3)
    schema = models.JSONField()  # contract A without what the use class decides; frozen by the first audit
    registration = models.PositiveIntegerField(default=1)  # counts the forms of `schema`
    state = models.CharField(max_length=12, choices=State.choices, default=State.REGISTERED)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="model_name_once")]

    def __str__(self) -> str:
        return self.name


class ModelVersion(TenantModel):
    """One frozen artifact of a model, known by its digest, with the way columns reach it. Never changed."""

    model = models.ForeignKey(RegisteredModel, on_delete=models.PROTECT, related_name="versions")
    label = models.CharField(max_length=80)
    digest = models.CharField(max_length=HASH_LENGTH)  # SHA-256 of the artifact; declared while the model stays at home
    interface = models.JSONField(null=True)  # audits/interface.py; null: the artifact cannot be handed over
    interface_digest = models.CharField(max_length=HASH_LENGTH, blank=True, default="")  # empty without an interface
    notes = models.TextField(blank=True)
    frozen_at = models.DateTimeField()

    class Meta:
        # A version never changes: a missing or wrong interface is mended by a version of its own for the same artifact.
        constraints = [
            models.UniqueConstraint(fields=["model", "label"], name="version_label_once"),
            models.UniqueConstraint(fields=["model", "digest", "interface_digest"], name="version_digest_once"),
        ]

    def __str__(self) -> str:
        return f"{self.model.name} {self.label}"


class Handover(TenantModel):
    """The artifact of a version, handed over: the file's digest is the version's. Append-only.

    A version whose file was refused may be handed over again, so the latest one counts.
    """

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="handovers")
    model_file = models.OneToOneField("audits.ModelFile", on_delete=models.PROTECT, related_name="handover")


class DeploymentSwitch(TenantModel):
    """From `live_from` on, this version (or none) decides. Append-only: an overlap cannot be written down."""

    model = models.ForeignKey(RegisteredModel, on_delete=models.PROTECT, related_name="switches")
    version = models.ForeignKey(ModelVersion, null=True, on_delete=models.PROTECT, related_name="switches")
    live_from = models.DateTimeField()
    notes = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["model", "live_from"], name="switch_once")]


class ProductionReport(TenantModel):
    """What production said it runs: the digest of the file it had loaded at a moment. Append-only; whether that is the
    file that was audited follows from the version that was live then."""

    model = models.ForeignKey(RegisteredModel, on_delete=models.PROTECT, related_name="production_reports")
    digest = models.CharField(max_length=HASH_LENGTH)
    observed_at = models.DateTimeField()
    reported_by = models.CharField(max_length=200)


class AuditOrder(TenantModel):
    """Why an audit ran: which version, for which purpose, under which registration."""

    class Purpose(models.TextChoices):
        SUBMISSION = "submission"  # the first price
        QUARTERLY = "quarterly"  # the audit condition of a policy
        CLAIM = "claim"  # a loss is examined

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="orders")
    audit_run = models.OneToOneField("audits.AuditRun", on_delete=models.PROTECT, related_name="order")
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    evidence_class = models.CharField(max_length=4)  # as ordered; underwriting/evidence_class.py says what it came to
    registration = models.PositiveIntegerField()
    ordered_by = models.CharField(max_length=200)


class ChallengeSet(TenantModel):
    """Rows that the insurer holds to challenge a model with; every later audit of it reads the latest. Append-only."""

    model = models.ForeignKey(RegisteredModel, on_delete=models.PROTECT, related_name="challenges")
    dataset = models.ForeignKey("audits.DataSet", on_delete=models.PROTECT, related_name="+")
    set_by = models.CharField(max_length=200)


class PlanRecord(models.Model):
    """A rating plan or tax table as it was published. Its hash is checked whenever it is used."""

    class Kind(models.TextChoices):
        PLAN = "plan"
        TAXES = "taxes"

    class Status(models.TextChoices):
        REFERENCE = "reference"  # exists so that every engine can be checked to the cent
        EFFECTIVE = "effective"  # prices new business

    name = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    hash = models.CharField(max_length=HASH_LENGTH, unique=True)
    json = models.JSONField()
    status = models.CharField(max_length=12, choices=Status.choices)
    effective_from = models.DateField()

    class Meta:
        constraints = [
            # Two plans never begin on one day, whoever publishes them at once; a later one takes the former's place.
            models.UniqueConstraint(
                fields=["effective_from"],
                condition=models.Q(kind="plan", status="effective"),
                name="plan_begins_alone",
            )
        ]

    def __str__(self) -> str:
        return self.name


class PlanRevision(models.Model):
    """One saved form of a plan that is being written. Append-only: the latest number is the draft as it stands."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField()
    name = models.CharField(max_length=40)  # the plan's, once it is published
    number = models.PositiveIntegerField()
    parent = models.CharField(max_length=40)  # the published plan it began from
    json = models.JSONField()
    hash = models.CharField(max_length=HASH_LENGTH)
    why = models.TextField()
    author = models.CharField(max_length=200)
    author_id = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "number"], name="plan_revision_once")]

    def __str__(self) -> str:
        return f"{self.name}, revision {self.number}"


class PlanStep(models.Model):
    """What somebody did with one revision. Append-only; a new revision begins without any."""

    class Act(models.TextChoices):
        TRIED = "tried"  # the invariants of DOMAIN 1.9 were tried on random cases; `detail` has each
        REVIEWED = "reviewed"  # a peer who wrote none of it read it
        APPROVED = "approved"  # another actuary, neither author nor peer, stands for it
        PUBLISHED = "published"  # became a plan
        WITHDRAWN = "withdrawn"  # will not

    created_at = models.DateTimeField()
    revision = models.ForeignKey(PlanRevision, on_delete=models.PROTECT, related_name="steps")
    act = models.CharField(max_length=10, choices=Act.choices)
    why = models.TextField()
    detail = models.JSONField(default=list)
    by = models.CharField(max_length=200)
    by_id = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["revision", "act"], name="plan_step_once")]


class Pricing(TenantModel):
    """One price, stored whole: every input, plan hash and worksheet. Append-only."""

    class Outcome(models.TextChoices):
        QUOTE = "quote"  # may be offered
        REFER = "refer"  # an underwriter must decide every referral first
        DECLINE = "decline"  # not insurable under this plan

    order = models.ForeignKey(AuditOrder, on_delete=models.PROTECT, related_name="pricings")
    plan_name = models.CharField(max_length=40)
    plan_hash = models.CharField(max_length=HASH_LENGTH)
    taxes_name = models.CharField(max_length=40)
    taxes_hash = models.CharField(max_length=HASH_LENGTH)
    terms = models.JSONField()
    risk = models.JSONField()
    evidence = models.JSONField()
    worksheet = models.JSONField()
    worksheet_digest = models.CharField(max_length=HASH_LENGTH)
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    premium = models.DecimalField(null=True, max_digits=16, decimal_places=2)  # null: no price could be computed
    total = models.DecimalField(null=True, max_digits=16, decimal_places=2)
    currency = models.CharField(max_length=3)
    score = models.DecimalField(null=True, max_digits=5, decimal_places=1)
    grade = models.CharField(max_length=1, blank=True)
    priced_by = models.CharField(max_length=200)
    priced_by_id = models.CharField(max_length=64)


class Referral(TenantModel):
    """One reason why a person must decide before a price may be offered."""

    class State(models.TextChoices):
        OPEN = "open"  # waits for an underwriter
        ACCEPTED = "accepted"  # the underwriter takes the risk for a written reason
        REFUSED = "refused"  # the price may not be offered
        WITHDRAWN = "withdrawn"  # the customer no longer asks

    pricing = models.ForeignKey(Pricing, on_delete=models.PROTECT, related_name="referrals")
    code = models.CharField(max_length=60)
    reason = models.TextField()
    resolves = models.TextField()  # what would settle it
    waivable = models.BooleanField()  # False: no underwriter may accept it as it stands
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    decided_by = models.CharField(max_length=200, blank=True)
    why = models.TextField(blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pricing", "code"], name="referral_once")]
