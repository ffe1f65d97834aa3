class AppError(Exception):
    pass
class CodeError(AppError):
    def __init__(self, code, msg="default"):
        super().__init__(f"{msg} ({code})")
        self.code = code
try:
    raise CodeError(42)
except AppError as e:
    print(e, e.code, type(e).__name__, isinstance(e, CodeError))
try:
    raise AppError("plain")
except CodeError:
    print("no")
except AppError as e:
    print("app", e, repr(e))
