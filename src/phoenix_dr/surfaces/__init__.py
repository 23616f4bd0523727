"""Thin surfaces; nobody imports them."""
