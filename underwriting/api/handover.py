"""Handing over a version's artifact, and trying it with a typed row, over the API."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from audits.api import SEE, SEND, TRY, ModelFileOut, TrialOut
from audits.modelfiles import MODELS
from audits.models import ModelFile
from audits.trials import trial_ask
from audits.upload import Accepts, UploadView
from core.api.idempotency import idempotent
from core.api.requests import valid
from core.api.schema import problems
from core.api.views import ApiView
from core.errors import NotFound, StateRefused
from underwriting.api import inputs
from underwriting.api.registry import version_of
from underwriting.models import ModelVersion
from underwriting.selectors import file_of
from underwriting.services.handover import artifact_hand_over, interface_required

HANDING_OVER = """
Send the file itself as the body: ONNX, XGBoost JSON or UBJ, scikit-learn as skops, LightGBM text. Its SHA-256 must be
the version's digest, and the version must have an interface. The answer's state is `received`; poll the artifact until
it is `ready` or `refused`. A refused file says why in `problem` (with `verdict`: rejected, model_fault,
resource_limit), its bytes are not kept, and the file may be handed over again.

Only an isolated process ever opens the file. Pickles, joblib files in any wrapping, torch and Keras files and programs
are refused by their first bytes, with words that say how to convert. The largest file is a setting (256 MiB).
"""
ARTIFACT = Accepts(
    admission=MODELS,
    media=frozenset({"", "application/octet-stream", "application/json", "application/ubjson", "application/zip"}),
    named="application/octet-stream",
    example="model.onnx",
)


class VersionArtifactView(UploadView):
    """The file of one version: handing it over, and what became of it."""

    access = {"GET": SEE, "POST": SEND}
    expects = ARTIFACT

    def target_check(self, request: Request, **kwargs: Any) -> None:
        """Nobody sends megabytes to a version that is not theirs, or that takes no file."""
        self.version = version_of(request, kwargs["pk"], SEND)
        interface_required(self.version)

    @extend_schema(responses={200: ModelFileOut, **problems(404)})
    def get(self, request: Request, pk: UUID) -> Response:
        file = file_of(version_of(request, pk, SEE))
        if file is None:
            raise NotFound("No file of this version was handed over.", field="version")
        return Response(ModelFileOut(file).data)

    @extend_schema(
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={201: ModelFileOut, **problems(404, 408, 409, 413, 415, 422, 429)},
        description=HANDING_OVER,
    )
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        file = artifact_hand_over(
            version=self.version, staged=self.upload.stage(), actor=request.principal.actor, at=timezone.now()
        )
        return Response(ModelFileOut(file).data, status=201)


class VersionTrialsView(ApiView):
    """Put one typed row to the model of a version."""

    access = {"POST": TRY}

    @extend_schema(request=inputs.TrialIn, responses={201: TrialOut, **problems(404, 409, 422)})
    @idempotent
    def post(self, request: Request, pk: UUID) -> Response:
        version = version_of(request, pk, TRY)
        asked = valid(inputs.TrialIn, request)
        trial = trial_ask(
            file=_file_to_try(version), inputs=asked["inputs"], actor=request.principal.actor, at=timezone.now()
        )
        return Response(TrialOut(trial).data, status=201)


def _file_to_try(version: ModelVersion) -> ModelFile:
    file = file_of(version)
    if file is None:
        raise StateRefused(
            "The file of this version was not handed over, so there is no model to ask.",
            field="version",
            limit="versions with a ready file",
            remedy="Hand it over with POST /versions/{id}/artifact.",
        )
    return file
