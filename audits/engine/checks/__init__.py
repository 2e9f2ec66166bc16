"""The checks of the laboratory, one a module; audits/engine/registry.py says how a module registers itself."""
