import shlex
machine: Machine

ACCESS = "BKIKJAA5BMMU2RHO6IBB"
SECRET = "V7f1CwQqAcwo80UEIJEjc5gVQUSSx5ohQ9GSrr12"
machine.wait_for_unit("minio.service")
machine.wait_for_open_port(9000)
machine.succeed("mc config host add minio http://localhost:9000 {} {} --api s3v4".format(ACCESS, SECRET), "mc mb minio/test-bucket")
listing = machine.succeed("mc ls minio").strip()
assert(listing.endswith("test-bucket/"))
data = "Test data\n" * 3
machine.succeed("printf '%s' {} > /tmp/data && mc cp /tmp/data minio/test-bucket/test.txt".format(shlex.quote(data)))
t.assertMultiLineEqual(machine.succeed("mc cat minio/test-bucket/test.txt"), data)
machine.shutdown()
