"""Copies that went all at once."""

PHRASES = {
    "finding.points-dropped": "on {day} {points} of the {of} points of {engine} were gone, and no rule removes them",
    "remedy.points-dropped": "stop its jobs and look at the target: a share that came back empty takes the list of copies with it",
}
