import math
import random


def getrandbits(k):
    if k < 0:
        raise ValueError("number of bits must be non-negative")
    n = 0
    for _ in range(k):
        n = n * 2 + random.randint(0, 1)
    return n


def randbytes(n):
    return bytes([random.randint(0, 255) for _ in range(n)])


def gauss(mu=0.0, sigma=1.0):
    return mu + sigma * math.sqrt(-2 * math.log(1 - random.random())) * math.cos(2 * math.pi * random.random())


normalvariate = gauss


def expovariate(lambd=1.0):
    return -math.log(1 - random.random()) / lambd


def triangular(low=0.0, high=1.0, mode=None):
    c = 0.5 if mode is None else (mode - low) / (high - low)
    u = random.random()
    if u > c:
        return high + (low - high) * math.sqrt((1 - u) * (1 - c))
    return low + (high - low) * math.sqrt(u * c)


class Random:
    def __init__(self, x=None):
        if x is not None:
            random.seed(x)

    def seed(self, a=None):
        random.seed(a)

    def random(self):
        return random.random()

    def randint(self, a, b):
        return random.randint(a, b)

    def randrange(self, *args):
        return random.randrange(*args)

    def choice(self, seq):
        return random.choice(seq)

    def choices(self, population, weights=None, *, k=1):
        return random.choices(population, weights=weights, k=k)

    def sample(self, population, k):
        return random.sample(population, k)

    def shuffle(self, x):
        random.shuffle(x)

    def uniform(self, a, b):
        return random.uniform(a, b)

    def getrandbits(self, k):
        return getrandbits(k)

    def randbytes(self, n):
        return randbytes(n)


class SystemRandom(Random):
    pass
