total = 0
log_lines = []
def add(n):
    global total
    total += n
    log_lines.append(n)
add(3)
add(4)
print(total, log_lines)
def reset():
    global total, fresh
    total = 0
    fresh = "new"
reset()
print(total, fresh)
