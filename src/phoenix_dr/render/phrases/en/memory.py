"""The memory of a BMAD or Grimoire project, in English."""

PHRASES: dict[str, str] = {
    "error.memory-unread": "{path} cannot be read: {reason}",
    "hint.memory-unread": "Give the account that runs Phoenix the right to read and write it.",
    "error.memory-too-large": "{path} is larger than a memory file should ever be",
    "hint.memory-too-large": "Archive what is old in it; nothing was changed.",
    "error.memory-locked": "{path} stayed locked by another program",
    "hint.memory-locked": "Try again when it is done; nothing was changed.",
    "error.request-empty": "a request to {target} must say what is wanted",
    "error.project-unconfigured": "this project says neither who it is for nor its language: none of {paths} can be read",
    "hint.project-unconfigured": "Write user_name and communication_language into one of them.",
}
