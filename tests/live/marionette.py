"""Headless Firefox, driven by its own remote protocol: `length:[type, id, command, arguments]`."""

import base64
import json
import os
import socket
import subprocess
import time

# What a fresh profile asks the network for, and would disturb the test by.
QUIET = {
    "app.update.enabled": False,
    "browser.safebrowsing.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "http://127.0.0.1:9/",
    "toolkit.telemetry.enabled": False,
}
# The prompt is the browser's own.
ANSWER = """
    const [user, password] = arguments;
    let asked = user === null;
    Services.obs.addObserver(prompt => {
        const element = id => prompt.document.getElementById(id);
        if (asked) { element("commonDialog").cancelDialog(); return; }
        asked = true;
        element("loginTextbox").value = user;
        element("password1Textbox").value = password;
        element("commonDialog").acceptDialog();
    }, "common-dialog-loaded");
"""


class Firefox:
    """One page of a new profile; the arguments are those of `Chromium`, but `certificate_hash`: it takes any certificate."""

    def __init__(self, profile, trusted=None, login=None, dark=False, certificate_hash=None):
        preferences = {
            **QUIET,
            "marionette.port": 0,
            "layout.css.devPixelsPerPx": "3",
            "layout.css.prefers-color-scheme.content-override": 0 if dark else 1,
            "network.negotiate-auth.trusted-uris": trusted or "",
        }
        with open(f"{profile}/user.js", "w") as file:
            for name, value in preferences.items():
                file.write(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n")
        command = ["firefox-esr", "--headless", "--no-remote", "--marionette", "--remote-allow-system-access"]
        self.process = subprocess.Popen(
            [*command, "--profile", profile], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.protocol = Marionette(port_of(profile))
        self.tell("NewSession", unhandledPromptBehavior="ignore", acceptInsecureCerts=bool(certificate_hash))
        self.protocol.tell("Marionette:SetContext", value="chrome")
        self.tell("ExecuteScript", script=ANSWER, args=list(login or (None, None)), sandbox="system")
        self.protocol.tell("Marionette:SetContext", value="content")

    def window(self, width, height, _mobile):
        self.tell("SetWindowRect", width=width, height=height)

    def open(self, url):
        """Until the page has some text: the login may still be on its way, or its prompt."""
        self.tell("Navigate", url=url)
        for _ in range(200):
            try:
                if self.run("document.readyState === 'complete' && document.body.textContent.trim() !== ''"):
                    return
            except Busy:
                pass
            time.sleep(0.05)
        raise TimeoutError("the page stays empty")

    def run(self, expression):
        return self.tell("ExecuteScript", script=f"return {expression}", args=[])["value"]

    def screenshot(self, path):
        image = self.tell("TakeScreenshot", full=True)
        with open(path, "wb") as file:
            file.write(base64.b64decode(image["value"]))

    def close(self):
        self.process.terminate()
        self.process.wait()

    def tell(self, command, **arguments):
        return self.protocol.tell(f"WebDriver:{command}", **arguments)


def port_of(profile):
    """The port that Firefox writes into its profile once it listens."""
    for _ in range(600):
        if os.path.exists(path := f"{profile}/MarionetteActivePort"):
            with open(path) as file:
                if port := file.read():
                    return int(port)
        time.sleep(0.05)
    raise TimeoutError("Firefox does not start")


class Busy(Exception):
    """Not while a prompt is open, or a page is being left."""


class Marionette:
    """The protocol alone."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.stream = self.socket.makefile("rb")
        self.sent = 0
        self.receive()  # its greeting

    def tell(self, command, **arguments):
        self.sent += 1
        message = json.dumps([0, self.sent, command, arguments]).encode()
        self.socket.sendall(b"%d:%s" % (len(message), message))
        _, _, error, result = self.receive()
        if error:
            raise Busy(f"{command}: {error['message']}")
        return result

    def receive(self):
        length = b""
        while (octet := self.stream.read(1)) != b":":
            if not octet:
                raise ConnectionError("Firefox ended")
            length += octet
        return json.loads(self.stream.read(int(length)))
