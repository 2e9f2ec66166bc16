"""Addresses of underwriting below /api/v1/."""

from django.urls import path

from underwriting.api import handover, plans, pricing, registry

urlpatterns = [
    path("models", registry.ModelsView.as_view(), name="models"),
    path("models/<uuid:pk>", registry.ModelView.as_view(), name="model"),
    path("models/<uuid:pk>/exposure", registry.ExposureView.as_view(), name="model-exposure"),
    path("models/<uuid:pk>/retire", registry.RetireView.as_view(), name="model-retire"),
    path("models/<uuid:pk>/challenges", registry.ChallengesView.as_view(), name="model-challenges"),
    path("models/<uuid:pk>/versions", registry.VersionsView.as_view(), name="model-versions"),
    path("models/<uuid:pk>/deployments", registry.DeploymentsView.as_view(), name="model-deployments"),
    path("models/<uuid:pk>/production", registry.ProductionView.as_view(), name="model-production"),
    path("models/<uuid:pk>/live", registry.LiveView.as_view(), name="model-live"),
    path("versions/<uuid:pk>", registry.VersionView.as_view(), name="version"),
    path("versions/<uuid:pk>/artifact", handover.VersionArtifactView.as_view(), name="version-artifact"),
    path("versions/<uuid:pk>/trials", handover.VersionTrialsView.as_view(), name="version-trials"),
    path("versions/<uuid:pk>/audits", registry.OrdersView.as_view(), name="version-audits"),
    path("versions/<uuid:pk>/pricings", pricing.VersionPricingsView.as_view(), name="version-pricings"),
    path("pricings", pricing.PricingsView.as_view(), name="pricings"),
    path("pricings/<uuid:pk>", pricing.PricingView.as_view(), name="pricing"),
    path("pricings/<uuid:pk>/replay", pricing.ReplayView.as_view(), name="pricing-replay"),
    path("pricings/<uuid:pk>/changes", pricing.PricingChangesView.as_view(), name="pricing-changes"),
    path("pricings/<uuid:pk>/what-if", pricing.WhatIfView.as_view(), name="pricing-what-if"),
    path("referrals", pricing.ReferralsView.as_view(), name="referrals"),
    path("referrals/<uuid:pk>/decision", pricing.ReferralDecisionView.as_view(), name="referral-decision"),
    path("ratings", pricing.RatingsView.as_view(), name="ratings"),
    path("plan-drafts", plans.PlanDraftsView.as_view(), name="plan-drafts"),
    path("plan-drafts/<str:name>", plans.PlanDraftView.as_view(), name="plan-draft"),
    path("plan-drafts/<str:name>/revisions", plans.PlanRevisionsView.as_view(), name="plan-revisions"),
    path("plan-drafts/<str:name>/steps", plans.PlanStepsView.as_view(), name="plan-steps"),
    path("plans", pricing.PlansView.as_view(), name="plans"),
    path("plans/<str:name>", pricing.PlanView.as_view(), name="plan"),
    path("plans/<str:name>/diff/<str:other>", pricing.PlanDiffView.as_view(), name="plan-diff"),
    path("industries", pricing.IndustriesView.as_view(), name="industries"),
    path("use-classes", pricing.UseClassesView.as_view(), name="use-classes"),
]
