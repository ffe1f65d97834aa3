kafka: Machine

topic = "test-topic-" + "1"
args = "--bootstrap-server localhost:9092 --topic {}".format(topic)
kafka.wait_for_unit("apache-kafka")
kafka.wait_for_open_port(9092)
kafka.wait_until_succeeds("kafka-topics.sh --create --partitions 1 --replication-factor 1 " + args)
messages = ["test 1", "test 2"]
for message in messages:
    kafka.succeed("echo '{}' | kafka-console-producer.sh {}".format(message, args))
received = kafka.succeed("kafka-console-consumer.sh {} --from-beginning --max-messages {}".format(args, len(messages)))
assert([m for m in messages if m not in received] == [])
