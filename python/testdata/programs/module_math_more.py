import math

print(math.comb(5, 2), math.comb(3, 5), math.perm(5, 2), math.perm(4))
print(math.fsum([0.1] * 10), math.fsum([1e100, 1, -1e100]), sum([0.1] * 10) == math.fsum([0.1] * 10))
print(math.dist([0, 0], [3, 4]), math.fmod(-7, 3), math.modf(3.25), math.modf(-1.5))
print(math.exp2(3), math.ldexp(0.5, 4), math.frexp(10), math.frexp(0), math.frexp(-0.3))
try:
    math.comb(-1, 2)
except ValueError as e:
    print("ValueError")
