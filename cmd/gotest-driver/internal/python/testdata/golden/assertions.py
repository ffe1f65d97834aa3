def check(out, want=None):
    if want is None:
        raise ValueError("nothing is wanted")
    if not isinstance(out, str) or isinstance(want, (list, tuple)):
        raise TypeError
    assert out == want
    assert 0 < len(out) <= 100, (
        "the output is "
        f"{out}"
    )
    assert out, machine.succeed("journalctl")  # asked for only then
    assert want is not True, len(out)


check(machine.succeed("id -un").strip(), "root")
t.assertEqual(1, 1)
t.assertRaises(Exception, check, "a", "b")
with t.assertRaisesRegex(Exception, "status 1"):
    machine.succeed("false")
try:
    machine.succeed("umount /mnt")
except Exception:
    pass
if type(machine.name) is str and type(1) != int:
    machine.log("never")
