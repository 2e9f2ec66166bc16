from django.http import HttpRequest, HttpResponse
from django.urls import path


def here(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("here")


urlpatterns = [path("", here)]
