"""What an audit event is, how its rows and blocks are written as text, and how they are hashed, version by version.

Writers, capture and verification all enter here; nothing here reads a database or needs more than Python, so that the
proof runs on an auditor's laptop too.
"""
