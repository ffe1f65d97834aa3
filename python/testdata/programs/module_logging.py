import logging
import sys

logging.basicConfig(level=logging.INFO, format="%(levelname)s:%(name)s:%(message)s", stream=sys.stdout, force=True)
log = logging.getLogger("tests.one")
logging.info("root says %s", "hello")
log.info("%d of %s", 3, "x")
log.debug("not seen")
log.warning("no args: 100%")
log.error("dict %(a)s", {"a": 1})
log.setLevel(logging.DEBUG)
log.debug("seen now")
print(log.name, log.level, log.getEffectiveLevel(), logging.getLevelName(30), logging.getLevelName("ERROR"), log.isEnabledFor(5))
print(logging.getLogger("tests.one") is log, logging.getLogger() is logging.root, repr(log))
child = log.getChild("two")
child.info("child")
handler = logging.StreamHandler(sys.stdout)
handler.setFormatter(logging.Formatter("[{levelname:<8}] {message}", style="{"))
handler.setLevel("WARNING")
log.addHandler(handler)
log.propagate = False
log.info("hidden by the handler")
log.critical("own format")
log.removeHandler(handler)


class Collect(logging.Handler):
    def __init__(self):
        super().__init__()
        self.seen = []

    def emit(self, record):
        self.seen.append((record.levelname, record.getMessage(), record.name))


collect = Collect()
log.addHandler(collect)
log.warning("one %s %s", "a", "b")
log.log(logging.ERROR, "two")
print(collect.seen)
log.removeHandler(collect)
log.propagate = True
logging.disable(logging.WARNING)
log.warning("disabled")
log.error("not disabled")
logging.disable(logging.NOTSET)
try:
    logging.getLogger("x").setLevel("LOUD")
except ValueError as e:
    print(e)
