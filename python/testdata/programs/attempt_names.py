attempt = "mine"
attempted = "also"
try:
    raise ValueError("x")
except ValueError:
    print(attempt, attempted)
