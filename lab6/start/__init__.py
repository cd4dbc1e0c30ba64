"""Which minibatch size to start with: the rule, the answer, its words, tables and pictures.

``frontier`` holds the rules, ``answer`` applies them to rounds of one work, ``ways`` sets engines and backends side by
side; ``words``, ``tables`` and ``pictures`` show what they found.
"""
