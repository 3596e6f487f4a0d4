"""Broadcasts: one text to many recipients, each with words and links of his own.

Accepting one takes a moment whatever its size; its messages are made afterwards, page by page, and
whoever is killed in between goes on where the last commit was.
"""
