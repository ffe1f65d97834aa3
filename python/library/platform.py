import subprocess


def _uname(option):
    return subprocess.check_output(["uname", option], text=True).strip()


def system():
    return _uname("-s")


def machine():
    return _uname("-m")


def node():
    return _uname("-n")


def release():
    return _uname("-r")


def python_version():
    return "3.12.0"


def python_implementation():
    return "CPython"
