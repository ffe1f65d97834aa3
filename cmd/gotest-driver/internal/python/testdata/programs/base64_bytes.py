import base64
from base64 import urlsafe_b64encode as encode

token = base64.b64encode("a".encode())
print(token == b"YQ==", token == "YQ==", token.decode() == "YQ==", b"YQ" in token, token)
print(encode(b"\xff\xfe").decode("ascii") == "__4=", base64.b64decode(token) == b"a", token[:2])
print({token: 1}, "YQ==" in [token], len(token), base64.b64encode(token).decode())
with t.assertRaises(BaseException):
    int("x")
