import random
random.seed(1)
x = random.randint(1, 3)
print(1 <= x <= 3, random.choice(["a"]), len(random.sample(range(10), 3)), 0 <= random.random() < 1, len("".join(random.choices("ab", k=5))))
