"""Backups of the two MySQL databases in Blob Storage, and the proof of each that it restores.

A backup counts once a drill has restored it. What is stored is complete and checked before anybody can see it.
"""
