import json
import shlex
one: Machine

def expect_hits(message: str, index: str) -> str:
    query = {"query": {"match": {"message": message}}}
    return "curl --silent --show-error --fail-with-body 'localhost:9200/{}/_search' -H 'Content-Type: application/json' -d {} | jq -es 'if . == [] then null else .[] | .hits.total.value > 0 end'".format(index, shlex.quote(json.dumps(query)))

def total_docs(index: str) -> int:
    return int(one.succeed("curl --silent --show-error --fail 'localhost:9200/{}/_count' | jq '.count'".format(index)).strip())

one.wait_for_unit("elasticsearch.service")
one.wait_for_open_port(9200)
with subtest("logstash converts and filters messages"):
    one.wait_until_succeeds("cat /tmp/logstash.out | grep flowers")
    one.fail("cat /tmp/logstash.out | grep dragons")
with subtest("logstash messages arrive in elasticsearch"):
    one.wait_until_succeeds(expect_hits("flowers", "logstash-*"))
    t.assertGreaterEqual(total_docs("logstash-*"), 1)
with subtest("indices are cleaned up"):
    one.wait_until_succeeds("curl --silent --show-error --fail-with-body localhost:9200/_cat/indices | grep logstash")
    one.systemctl("start curator.timer")
    one.wait_until_fails("curl --silent --show-error localhost:9200/_cat/indices | grep logstash")
