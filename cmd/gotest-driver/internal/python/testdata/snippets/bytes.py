#: base64_
import base64
print(base64.b64encode(b"hello"), base64.b64decode("aGVsbG8="), base64.b64encode("x".encode()).decode(), base64.urlsafe_b64encode(b"\xff\xfe"))
