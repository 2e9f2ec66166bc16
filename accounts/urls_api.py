"""Addresses of accounts below /api/v1/."""

from django.urls import path

from accounts import api

urlpatterns = [
    path("tokens", api.TokenView.as_view(), name="tokens"),
    path("me", api.MeView.as_view(), name="me"),
    path("staff", api.StaffView.as_view(), name="staff"),
    path("staff/<uuid:pk>/authorities", api.AuthorityView.as_view(), name="authorities"),
    path("organisations", api.OrganisationsView.as_view(), name="organisations"),
    path("organisations/<uuid:pk>", api.OrganisationView.as_view(), name="organisation"),
    path("organisations/<uuid:pk>/members", api.MembersView.as_view(), name="members"),
    path("organisations/<uuid:pk>/members/<int:member>", api.MemberView.as_view(), name="member"),
    path("organisations/<uuid:pk>/keys", api.KeysView.as_view(), name="keys"),
    path("organisations/<uuid:pk>/keys/<str:key>", api.KeyView.as_view(), name="key"),
]
