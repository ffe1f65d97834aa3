t.assertEqual(1, 1)
t.assertEqual("a", "a", "same")
try:
    t.assertEqual(1, 2)
except AssertionError:
    print("unequal")
