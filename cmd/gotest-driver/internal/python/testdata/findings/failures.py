with t.assertRaises(ZeroDivisionError):  # finds: exception
    int("x")
with t.assertRaisesRegex((Exception, ValueError), "x"):  # finds: exception
    int("x")
with t.assertRaisesRegex(Exception, "x", msg="text"):  # finds: with
    int("x")
t.assertRaises(ValueError, int, "x")  # finds: exception
