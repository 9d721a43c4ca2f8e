"""What goes wrong on real machines, done to real server processes.

In each of them a bystander talks all the time, or clients note what they see; afterwards nothing of that may be missing
in the history. ``make faults`` does everything at its full size; the suite does each of it a few times.
"""
