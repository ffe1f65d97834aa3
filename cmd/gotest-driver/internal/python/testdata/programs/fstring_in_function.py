def url(host, port=80, path="/"):
    return f"http://{host}:{port}{path}"
print(url("a"), url("b", 8080), url("c", path="/x"), url(15, [1]))
