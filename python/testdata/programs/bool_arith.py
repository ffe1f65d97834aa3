t = True
print(t + 1, t + t, True * 3, sum([True, False, True]), -t, t == 1, t is True, 1 == True, 0 == False, True < 2)
n = sum(x > 1 for x in [1, 2, 3])
print(n, [True, False].count(True), not t, t & False, t | False, t ^ True)
