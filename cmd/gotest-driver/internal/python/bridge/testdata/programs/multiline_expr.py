total = (1 +
         2 +
         3)
ok = (total == 6 and
      total > 5 and
      not False)
long_call = max(
    1,
    2,
    3,
)
text = "a" \
    "b"
print(total, ok, long_call, text)
result = machine.succeed(
    "echo one",
    "echo two",
)
print(result)
