"""The main job: derive formulas, confirm them on sampled networks, and follow one real batch.

Everything a report shows is computed here and handed over as a :class:`Study`: one list of curves,
one of verdicts, and the words that go with them.
"""

from bn_theory.study.parts import Curve, Fact, Picture, Remark, Shaping, Study
from bn_theory.study.run import Stages, run_study

__all__ = ["Curve", "Fact", "Picture", "Remark", "Shaping", "Stages", "Study", "run_study"]
