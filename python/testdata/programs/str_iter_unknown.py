def chars(x):
    return [c for c in x]
print(chars("abc"), chars([1, 2]), chars({"k": 1}))
