"""Replays a file of `crosscheck export` on a server. Needs nothing but Python.

    runner.py cases.json [--flags FLAG,..] [--json FILE] -- COMMAND..      starts the command once per policy, see "Process mode"
    runner.py cases.json [--json FILE] --url POLICY=http://127.0.0.1:PORT  uses servers that run already; may be repeated
"""
import argparse, http.client, json, os, re, socket, subprocess, sys, time
LISTS = {"access-control-allow-methods", "access-control-allow-headers", "access-control-expose-headers"}
STORABLE = {200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501}
class Response:
    def __init__(self, status, lines):
        self.status, self.lines = status, [(name.lower(), value.strip(" \t")) for name, value in lines]
    def get(self, name):
        values = [value for known, value in self.lines if known == name]
        return ", ".join(values) if values else None
    def items(self, name):
        return [item.strip(" \t") for item in (self.get(name) or "").split(",") if item.strip(" \t")]
    def is_stored(self):
        control = {item.split("=")[0].lower() for item in self.items("cache-control")}
        fresh = self.status in STORABLE or control & {"max-age", "s-maxage"} or self.get("expires")
        return bool(fresh) and not control & {"no-store", "private"}

def holds(check, response, passes=None):
    if check.get("only_if_passes") and not passes or check.get("only_if_stored") and not response.is_stored():
        return True
    if "only_with" in check and response.get(check["only_with"]) is None:
        return True
    if "status" in check:
        return check["status"][0] <= response.status <= check["status"][1]
    value, fold = response.get(check["header"]), str.lower if check.get("ignore_case") else str
    if value is None:
        return bool(check.get("or_absent"))
    return not (check.get("absent")
                or "lines" in check and sum(name == check["header"] for name, _ in response.lines) > check["lines"]
                or "equals" in check and value not in check["equals"]
                or "not_equals" in check and value in check["not_equals"]
                or "matches" in check and not re.search(check["matches"], value)
                or "at_most" in check and (int(value) if value.isdigit() else 5) > check["at_most"]
                or "lists" in check and not {*map(fold, check["lists"])} & {*map(fold, response.items(check["header"]))})

class Server:
    def __init__(self, export, address):
        self.export, self.address, self.connection, self.plain = export, address, None, {}
    def send(self, request, headers):
        for is_last in (False, True):
            try:
                self.connection = self.connection or http.client.HTTPConnection(*self.address, timeout=10)
                self.connection.putrequest(request["method"], request["path"], skip_host=True, skip_accept_encoding=True)
                for name, value in headers:
                    self.connection.putheader(name, value)
                self.connection.endheaders(request.get("body", "").encode() or None)
                answer = self.connection.getresponse()
                answer.read()
                self.connection = None if answer.will_close else self.connection
                return Response(answer.status, answer.getheaders())
            except (OSError, http.client.HTTPException):
                self.connection = None  # A server may close a connection that it kept; the second failure counts.
                if is_last:
                    raise
    def plain_response(self, request, origin):
        """What a plain request of an origin gets, and whether a shared cache may give it to others."""
        key = request["method"], request["path"], origin
        if key not in self.plain:
            own = [h for h in request["headers"] if h[0] == "Host"] + ([["Origin", origin]] if origin is not None else [])
            got = self.send({**request, "body": ""}, self.export["plain_headers"] + own)
            lines = sorted((name, sorted(item.strip() for item in value.split(",")) if name in LISTS else [value])
                           for name, value in got.lines if name.startswith("access-control-"))
            varies = {"origin", "*"} & {*map(str.lower, got.items("vary"))}
            self.plain[key] = (got.get("x-hit") is not None, lines), got.is_stored() and not varies
        return self.plain[key]
    def needs_vary(self, request):
        origin = next((value for name, value in request["headers"] if name.lower() == "origin"), None)
        own, shared = self.plain_response(request, origin)
        others = (self.plain_response(request, origin) for origin in request["requesters"])
        return any(own != other and (shared or also) for other, also in others)
    def replay(self, fetch):
        expect, preflight, last = fetch["expect"], None, None
        for request in fetch["requests"]:
            redirects = last and response.status in (301, 302, 303, 307, 308) and response.get("location") is not None
            if request["send_if"] != "always" and not (passes and (request["send_if"] == "passes" or redirects)):
                break
            last, response = request, self.send(request, request["headers"])
            passes = all(holds(check, response) for check in request["passes_if"])
            checks = self.export["response_checks"] + request.get("checks", [])
            yield from (check["rule"] for check in checks if not holds(check, response, passes))
            preflight = passes if request["kind"] == "preflight" else preflight
            if request.get("requesters") and self.needs_vary(request):
                yield "vary"
        if args.anchoring in expect.get("advice_if_anchored", []) and passes:
            return
        if preflight is not None and expect["preflight"] == ("must-not" if preflight else "must"):
            if not expect.get("advice"):
                yield "the preflight passes" if preflight else "the preflight fails"
        elif last["kind"] != "preflight" and expect["read"] == ("must-not" if passes else "must"):
            yield "the page reads the response" if passes else "the page is blocked"
        elif last["kind"] == "actual" and passes:
            yield from self.names(fetch, response)
    def names(self, fetch, response):
        exposed = {*map(str.lower, response.items("access-control-expose-headers"))}
        must, may = fetch["expect"]["must_read"], fetch["expect"]["may_read"]
        for name in {name for name, _ in response.lines} - {"set-cookie", "set-cookie2", *self.export["always_readable"]}:
            reads = name in exposed or "*" in exposed and not fetch["credentials"]
            incidental = name in self.export["incidental"] or name.startswith("access-control-")
            if reads and may != "any" and name not in may or not reads and (not incidental if must == "any" else name in must):
                yield f"the page reads {name}" if reads else f"the page cannot read {name}"

def start(command, policy_id, policy):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = free.getsockname()
    own = {"CROSSCHECK_POLICY": json.dumps(policy["document"]), "CROSSCHECK_POLICY_ID": policy_id, "HOST": address[0]}
    environment = {**os.environ, **own, "PORT": str(address[1])}
    process, end = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL), time.monotonic() + 30
    while process.poll() is None and time.monotonic() < end and socket.socket().connect_ex(address) != 0:
        time.sleep(0.05)
    return process, address

def failures(server, case):
    try:
        return sorted({failure for fetch in case["fetches"] for failure in server.replay(fetch)})
    except (OSError, http.client.HTTPException) as error:
        return [f"no answer: {error!r}"]

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
for option, more in ("export", {}), ("--flags", {}), ("--anchoring", {}), ("--json", {}), ("--url", {"action": "append", "default": []}):
    parser.add_argument(option, **more)
at = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
args, command = parser.parse_args(sys.argv[1:at]), sys.argv[at + 1:]
export, verdicts, urls = json.load(open(args.export, encoding="utf-8")), {}, dict(url.split("=", 1) for url in args.url)
for policy_id, policy in export["policies"].items():
    cases = [case for case in export["cases"] if case["policy"] == policy_id]
    process, address, refused = None, None, None  # A policy is not applicable if no server has it, or one may refuse it.
    if policy_id in urls:
        address = urls[policy_id].removeprefix("http://").rstrip("/").split(":")
    elif command and (args.flags is None or {*args.flags.split(",")}.issuperset(policy["flags"])):
        process, address = start(command, policy_id, policy)
        refused = None if process.poll() == 65 and policy["risks"] else [f"the server ends with code {process.poll()}"]
    runs = address and (process is None or process.poll() is None)
    server = Server(export, address)
    verdicts.update((case["id"], failures(server, case) if runs else refused) for case in cases)
    if process:
        process.kill()
        process.wait()
failed, skipped = sum(map(bool, verdicts.values())), sum(why is None for why in verdicts.values())
for case_id, why in verdicts.items():
    if why:
        print(f"{case_id}: {'; '.join(why)}")
print(f"{len(verdicts) - failed - skipped} pass, {failed} fail, {skipped} not applicable")
if args.json:
    json.dump(verdicts, open(args.json, "w", encoding="utf-8"))
sys.exit(1 if failed else 0)
