registry: Machine
client1: Machine
client2: Machine

client1.start()
client1.wait_for_unit("docker.service")
client1.succeed("tar cv --files-from /dev/null | docker import - scratch", "docker tag scratch registry:8080/scratch")
registry.start()
registry.systemctl("start docker-registry.service")
registry.wait_for_unit("docker-registry.service")
registry.wait_for_open_port(8080)
client1.succeed("docker push registry:8080/scratch")
client2.start()
client2.wait_for_unit("docker.service")
client2.succeed("docker pull registry:8080/scratch")
client2.succeed("docker images | grep scratch")
client2.succeed("curl -fsS -X DELETE registry:8080/v2/scratch/manifests/$(curl -fsS -I -H'Accept: application/vnd.docker.distribution.manifest.v2+json' registry:8080/v2/scratch/manifests/latest | grep 'Docker-Content-Digest' | sed -e 's/Docker-Content-Digest: //' | tr -d '\\r')")
registry.systemctl("start docker-registry-garbage-collect.service")
registry.wait_until_fails("systemctl status docker-registry-garbage-collect.service")
registry.fail("ls -l /var/lib/docker-registry/docker/registry/v2/blobs/sha256/*/*/data")
