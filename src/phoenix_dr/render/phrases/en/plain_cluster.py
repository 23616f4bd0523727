"""A cluster that is only looked at, in English."""

PHRASES: dict[str, str] = {
    "finding.claim-uncopied": "nothing described here copies {claim} ({driver}, {path}); it is used by: {users}",
    "remedy.claim-uncopied": "describe it: under an engine of kind longhorn or velero, or save its folder with restic; or leave it out under ignore: with a reason",
}
