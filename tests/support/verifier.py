"""The program that we give away, loaded as the single file that it is."""

import importlib.util
from pathlib import Path

FILE = Path(__file__).resolve().parents[2] / "tools" / "verify_mall.py"
_spec = importlib.util.spec_from_file_location("verify_mall", FILE)
assert _spec
assert _spec.loader
verifier = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(verifier)
