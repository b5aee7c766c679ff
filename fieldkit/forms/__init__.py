"""XForm to definition to engine: the same form gives the same result as ODK.

``compile_xform`` makes a ``FormDefinition`` of an XForm; ``Form.new``, ``restore``, ``edit`` and ``resume``
make a live ``Form`` of it, whose nodes are seen as ``FormNode``.
"""

from __future__ import annotations

from fieldkit.forms.cache import load_definition
from fieldkit.forms.change import Change, Choice, Explanation, SavedInstance, ValueSet, Violation
from fieldkit.forms.definition import FormDefinition
from fieldkit.forms.diagnostics import Problem
from fieldkit.forms.engine import Form
from fieldkit.forms.environment import FormEnvironment
from fieldkit.forms.node import FormNode
from fieldkit.forms.xform import compile_xform

__all__ = [
    "Change",
    "Choice",
    "Explanation",
    "Form",
    "FormDefinition",
    "FormEnvironment",
    "FormNode",
    "Problem",
    "SavedInstance",
    "ValueSet",
    "Violation",
    "compile_xform",
    "load_definition",
]
