from typing import Optional, List, Dict, Any
def f(x: int, names: List[str] = [], o: Optional[str] = None) -> Dict[str, Any]:
    y: int = x + 1
    z: "str"
    return {"x": y, "names": names, "o": o}
print(f(1), f(2, ["a"], o="q"))
