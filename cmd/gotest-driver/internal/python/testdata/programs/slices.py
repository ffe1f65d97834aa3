l = list(range(10))
print(l[2:5], l[:3], l[7:], l[-3:], l[::3], l[::-1], l[8:2:-2], l[100:], l[-100:2], l[:])
t = (1, 2, 3)
print(t[1:], t[::-1])
def last(x, n):
    return x[-n:]
print(last("hello", 2), last([1, 2, 3], 2), last((1, 2), 1))
