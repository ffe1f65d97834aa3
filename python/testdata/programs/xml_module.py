import xml.etree.ElementTree as ET
root = ET.fromstring('<r a="1" b="&lt;"><c>text</c><c k="v">two<d/>tail</c><e><c>deep</c></e></r>')
print(root.tag, root.attrib, root.get("a"), root.get("zz"), root.get("zz", "dd"), len(root), root[0].text, root.find("c").text, root.find("nope"), [c.text for c in root.findall("c")], [c.text for c in root.iter("c")])
print(root.find("e/c").text, root.findtext("c"), root.find(".//d").tag, root[1][0].tail, [ch.tag for ch in root], root.findall("c[@k='v']")[0].attrib, root.find("c[2]").text, root.find("e").text)
print([x.tag for x in root.iter()], root.find("c[@k]").get("k"), "".join(root.itertext()), [e.tag for e in root.findall("./*")], [e.text for e in root.findall(".//c")])
n = ET.fromstring('<?xml version="1.0"?><x xmlns="http://n/s" xmlns:p="http://p"><p:y p:z="1">q</p:y><w/></x>')
print(n.tag, n[0].tag, n[0].attrib, n.find("{http://p}y").text, n.find("a:w", {"a": "http://n/s"}).tag, n.find("p:y", namespaces={"p": "http://p"}).text)
try:
    ET.fromstring("<a><b></a>")
except ET.ParseError as e:
    print("parse error")
tree = ET.ElementTree(root); print(tree.getroot().tag)
from xml.etree import ElementTree
print(ElementTree.fromstring("<a>é</a>").text, list(root.find("e")), root.find("c") is not None) if False else print(ElementTree.fromstring("<a>é</a>").text)
