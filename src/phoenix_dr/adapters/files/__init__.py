"""Assets that are files: walk them, sample them while an engine saves them, compare a restore."""

from phoenix_dr.adapters.files.comparing import compare
from phoenix_dr.adapters.files.sampling import Cache, CacheKey, Limits, Sample, Sampler
from phoenix_dr.adapters.files.walking import walk

__all__ = ["Cache", "CacheKey", "Limits", "Sample", "Sampler", "compare", "walk"]
