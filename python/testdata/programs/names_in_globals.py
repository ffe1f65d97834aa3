import logging
import ctypes.util
from multiprocessing import Pool

if "is_interactive" not in vars():
    print("not interactive")
if not "is_interactive" in globals():
    print("no such global")


def run():
    return "nothing_like_that" in globals()


print(run())
