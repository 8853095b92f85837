# SPDX-FileCopyrightText: 2026 setrange contributors
# SPDX-License-Identifier: Apache-2.0
"""`make fuzz`: hostile and random inputs; nothing but our own errors may come of them.

A *corpus* (``tests.fuzz.corpus.Corpus``) is one function that makes a case out of random
numbers, in an empty folder, and gives it to the product. Each module of ``tests.fuzz.corpora``
that has a list ``CORPORA`` adds its own; nothing else has to know of it.

Cases run in batches, each in a process of its own, which may crash: the batch goes on after
the case that did it. A case fails if it raises anything but ``SetrangeError``, ends the
process, takes longer or more memory than its corpus allows, or leaves memory behind.
"""
