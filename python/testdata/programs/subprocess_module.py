import subprocess
r = subprocess.run(["echo", "hi"], capture_output=True, text=True)
print(r.returncode, r.stdout, r.stderr)
print(subprocess.check_output(["printf", "x\ny"]), subprocess.check_output("echo $((1+2))", shell=True, text=True))
try:
    subprocess.run(["false"], check=True)
except subprocess.CalledProcessError as e:
    print("failed", e.returncode)
print(subprocess.run(["sh", "-c", "exit 3"]).returncode, subprocess.run(["cat"], input="in", text=True, stdout=subprocess.PIPE).stdout)
