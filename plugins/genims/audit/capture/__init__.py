"""Triggers in the source databases: says what they capture, installs and removes them, and names what was altered.

``platform_setup`` enters by ``install``. The stream asks for ``problems`` and follows the ``routing``. This room
reads no events.
"""
