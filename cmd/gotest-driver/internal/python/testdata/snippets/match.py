#: soft_keyword
match = 5
case = "x"
print(match + 1, case)
def f(match): return match * 2
print(f(match))
