def grade(n):
    return "A" if n >= 90 else "B" if n >= 80 else "C"
print([grade(n) for n in (95, 85, 50)])
