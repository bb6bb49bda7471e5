"""The report's figures by topic: pure functions, a frame in and a figure out.

Values are in the marts' own units, which the columns' names carry. The headline of a
figure says what there is to see in these numbers.
"""
