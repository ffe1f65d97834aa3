import subprocess
from subprocess import PIPE, Popen

p = Popen(["cat"], stdin=PIPE, stdout=PIPE, text=True)
print(p.poll(), p.returncode)
out, err = p.communicate("hello\n")
print(repr(out), err, p.returncode, p.poll())
p = Popen("echo out; echo err >&2; exit 3", shell=True, stdout=PIPE, stderr=PIPE)
print(p.communicate(), p.wait())
p = subprocess.Popen("echo a; echo b", shell=True, stdout=PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
for line in p.stdout:
    print("line", line.strip())
print(p.wait(timeout=10))
with Popen(["sleep", "60"]) as p:
    print(p.poll())
    p.terminate()
    print(p.wait())
p = Popen(["sleep", "60"])
try:
    p.wait(timeout=0.05)
except subprocess.TimeoutExpired as e:
    print(e)
p.kill()
print(p.wait(), p.args)
p = Popen(["sh", "-c", "read x; echo got $x"], stdin=PIPE, stdout=PIPE)
p.stdin.write(b"five\n")
p.stdin.close()
print(p.stdout.read(), p.wait())
try:
    Popen(["/nope/nope"])
except FileNotFoundError:
    print("not found")
print(subprocess.getstatusoutput("echo x; exit 2"), subprocess.getoutput("echo y >&2"))
try:
    subprocess.run(["sleep", "5"], timeout=0.05)
except subprocess.TimeoutExpired as e:
    print(e.cmd)
print(subprocess.run(["sh", "-c", "kill -9 $$"]).returncode)
for command in (["sh", "-c", "exit 3"], ["sh", "-c", "kill -15 $$"]):
    try:
        subprocess.run(command, check=True)
    except subprocess.CalledProcessError as e:
        print(e, e.returncode)
try:
    subprocess.check_output("echo some; exit 4", shell=True)
except subprocess.CalledProcessError as e:
    print(e, e.output)
try:
    subprocess.run("exit 5", shell=True).check_returncode()
except subprocess.CalledProcessError as e:
    print(e)
