"""Headless Chromium, driven over the pipe of its DevTools protocol: JSON messages, each ended by a zero octet."""

import base64
import fcntl
import json
import os
import select
import subprocess
import time

# Nothing but the page under test goes to the network.
QUIET = (
    "--no-first-run --no-default-browser-check --disable-background-networking --disable-component-update --disable-sync "
    "--disable-default-apps --disable-quic --disable-gpu --no-sandbox"
).split()


class Chromium:
    """One page of a new profile. `trusted`: the hosts that may have Kerberos tickets, `*` allowed; `login`: the user name and
    password that are given when it asks, once; what is asked again was refused, and is not answered."""

    def __init__(self, profile, trusted=None, login=None, dark=False, certificate_hash=None):
        # A profile that never saw `Negotiate` would not load the Kerberos library in time for the first page.
        with open(f"{profile}/Local State", "w") as file:
            json.dump({"net": {"received_http_auth_negotiate_headers": True}}, file)
        options = [f"--user-data-dir={profile}", "--headless", "--remote-debugging-pipe", *QUIET]
        if trusted:
            options.append(f"--auth-server-allowlist={trusted}")
        if certificate_hash:
            options.append(f"--ignore-certificate-errors-spki-list={certificate_hash}")
        self.process, self.writer, self.reader = started(options)
        self.sent, self.rest, self.session, self.login = 0, b"", None, login
        self.authentication = []  # the challenges that the page was asked by, as the browser understood them
        target = self.tell("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.tell("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.tell("Page.enable")
        self.tell("Fetch.enable", handleAuthRequests=True)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.tell("Emulation.setEmulatedMedia", features=[scheme])

    def window(self, width, height, mobile):
        self.tell("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=3, mobile=mobile)

    def open(self, url):
        if failure := self.tell("Page.navigate", url=url).get("errorText"):
            raise ConnectionError(failure)
        for _ in range(200):
            if self.run("document.readyState === 'complete' && document.body.textContent.trim() !== ''"):
                return
            time.sleep(0.05)
        raise TimeoutError("the page stays empty")

    def run(self, expression):
        return self.tell("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def screenshot(self, path):
        size = self.tell("Page.getLayoutMetrics")["cssContentSize"]
        image = self.tell("Page.captureScreenshot", captureBeyondViewport=True, clip={**size, "scale": 1})
        with open(path, "wb") as file:
            file.write(base64.b64decode(image["data"]))

    def close(self):
        self.process.terminate()
        self.process.wait()

    def tell(self, method, **parameters):
        number = self.send(method, parameters)
        while True:
            message = self.receive()
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']['message']}")
                return message["result"]
            self.answer(message.get("method"), message.get("params"))

    def answer(self, event, about):
        """What the page waits for: leave to go on, or a user name and password."""
        if event == "Fetch.requestPaused":
            self.send("Fetch.continueRequest", {"requestId": about["requestId"]})
        elif event == "Fetch.authRequired":
            answer = {"response": "CancelAuth"}
            if self.login:
                answer = {"response": "ProvideCredentials", "username": self.login[0], "password": self.login[1]}
                self.login = None
            self.authentication.append(about["authChallenge"]["scheme"])
            self.send("Fetch.continueWithAuth", {"requestId": about["requestId"], "authChallengeResponse": answer})

    def send(self, method, parameters):
        self.sent += 1
        message = {"id": self.sent, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.writer, json.dumps(message).encode() + b"\0")
        return self.sent

    def receive(self):
        while b"\0" not in self.rest:
            if not select.select([self.reader], [], [], 30)[0]:
                raise TimeoutError("Chromium says nothing")
            octets = os.read(self.reader, 1 << 16)
            if not octets:
                raise ConnectionError("Chromium ended")
            self.rest += octets
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)


def started(options):
    """It reads its orders from descriptor 3 and answers on 4."""
    ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for pipe in (os.pipe(), os.pipe()) for end in pipe]
    orders, writer, reader, answers = ends[0], ends[1], ends[2], ends[3]
    command = f'exec chromium "$@" 3<&{orders} 4>&{answers}'
    process = subprocess.Popen(
        ["bash", "-c", command, "chromium", *options, "about:blank"],
        pass_fds=(orders, answers),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    os.close(orders)
    os.close(answers)
    return process, writer, reader
