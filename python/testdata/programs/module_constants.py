import errno
import os
import signal
import stat
import tempfile
from http import HTTPStatus

print(errno.ENOENT, errno.EEXIST, signal.SIGTERM.value, signal.SIGKILL.name, int(signal.SIGINT), HTTPStatus.NOT_FOUND.value, HTTPStatus.OK == 200, HTTPStatus(404).name)
print(stat.filemode(0o100644), stat.filemode(0o041777), stat.S_ISDIR(0o040755), oct(stat.S_IMODE(0o104755)), stat.S_IRWXU | stat.S_IRGRP)
with tempfile.TemporaryDirectory() as d:
    print(stat.S_ISDIR(os.stat(d).st_mode), oct(stat.S_IMODE(os.stat(d).st_mode)))
    try:
        open(d + "/nope")
    except OSError as e:
        print(e.errno == errno.ENOENT)
