x = 10
x += 5
x -= 3
x *= 2
x //= 5
x %= 3
x **= 4
x <<= 2
x |= 1
x ^= 3
x &= 0xff
x /= 2
print(x)
l = [1]
m = l
l += [2]
l += "ab"
l *= 2
print(l, m is l)
d = {"n": 1}
d["n"] += 5
s = "a"
s += "b"
s *= 2
print(d, s)
t = True
t += 1
print(t)
