"""A study is made once; nothing takes its place but another study."""

from actuarial.models import Study
from core.states import Machine

_S = Study.State

STUDY = Machine(noun="study", moves={_S.REQUESTED: frozenset({_S.COMPLETED, _S.FAILED})})
