"""Writes ../python_random.txt: what CPython's random.Random(seed) gives for the seeds 0 to 999.

Each line of the file is FIRST-LAST SHA256, over one line of text for each of these 50 seeds. A
seed's line is SEED, a colon, and the numbers that one generator gives, in the order of `drawn`,
with a space before each. tests/benchmarks/mersenne_twister_test.cc draws the same.
"""

import hashlib
import pathlib
import random

BLOCK = 50
BITS = [1, 7, 31, 32, 33, 48, 53, 64]
LIMITS = [1, 2, 3, 10, 1000, 2**31, 2**32, 2**32 + 1, 2**53, 10**18]
# Population and count; the pairs stand on both sides of where CPython stops to copy the population.
SAMPLES = [
    (0, 0), (1, 1), (5, 5), (21, 5), (22, 5), (85, 6), (86, 6), (85, 21), (86, 21), (277, 22),
    (278, 22), (300, 300), (1000, 100), (10000, 1), (10000, 5), (10000, 26), (100000, 64),
]
CHOICES = [(1, 3), (7, 20), (100, 50), (1319, 333), (1000003, 10)]


def drawn(seed):
    generator = random.Random(seed)
    for _ in range(10):
        yield int(generator.random() * 2**53)  # Exact: random() has 53 bits.
    for count in BITS:
        yield generator.getrandbits(count)
    for limit in LIMITS:
        yield generator.randrange(limit)
    for population, count in SAMPLES:
        yield from generator.sample(range(population), count)
    for population, count in CHOICES:
        yield from generator.choices(range(population), k=count)


def main():
    lines = []
    for first in range(0, 1000, BLOCK):
        text = ""
        for seed in range(first, first + BLOCK):
            text += f"{seed}:" + "".join(f" {number}" for number in drawn(seed)) + "\n"
        digest = hashlib.sha256(text.encode()).hexdigest()
        lines.append(f"{first}-{first + BLOCK - 1} {digest}\n")
    out = pathlib.Path(__file__).parent.parent / "python_random.txt"
    out.write_text("".join(lines))


if __name__ == "__main__":
    main()
