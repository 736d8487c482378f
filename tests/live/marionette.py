"""Opens a page in headless Firefox, fills in its prompt for user and password, and prints the page's text.

    marionette.py PROFILE URL USER PASSWORD

PROFILE is an empty folder. The prompt is the browser's own; it is answered once, so a login that is refused gets the
page of the refusal. Firefox is driven by its own remote protocol: `length:[type, id, command, arguments]`.
"""

import json
import os
import socket
import subprocess
import sys
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
ANSWER = """
    const [user, password] = arguments;
    let asked = false;
    Services.obs.addObserver(prompt => {
        const element = id => prompt.document.getElementById(id);
        if (asked) { element("commonDialog").cancelDialog(); return; }
        asked = true;
        element("loginTextbox").value = user;
        element("password1Textbox").value = password;
        element("commonDialog").acceptDialog();
    }, "common-dialog-loaded");
"""


def main():
    profile, url, user, password = sys.argv[1:]
    with open(f"{profile}/user.js", "w") as file:
        for name, value in {**QUIET, "marionette.port": 0}.items():
            file.write(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n")
    command = ["firefox-esr", "--headless", "--no-remote", "--marionette", "--remote-allow-system-access"]
    firefox = subprocess.Popen([*command, "--profile", profile], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        browser = Marionette(port_of(profile))
        browser.tell("WebDriver:NewSession", unhandledPromptBehavior="ignore")
        browser.tell("Marionette:SetContext", value="chrome")
        browser.tell("WebDriver:ExecuteScript", script=ANSWER, args=[user, password], sandbox="system")
        browser.tell("Marionette:SetContext", value="content")
        browser.tell("WebDriver:Navigate", url=url)
        print(text_of(browser))
    finally:
        firefox.terminate()
        firefox.wait()


def port_of(profile):
    """The port that Firefox writes into its profile once it listens."""
    for _ in range(600):
        if os.path.exists(path := f"{profile}/MarionetteActivePort"):
            with open(path) as file:
                if port := file.read():
                    return int(port)
        time.sleep(0.05)
    raise TimeoutError("Firefox does not start")


def text_of(browser):
    """The page's text, as soon as it has some: the login may still be on its way, or its prompt."""
    for _ in range(200):
        try:
            result = browser.tell("WebDriver:ExecuteScript", script="return document.body?.textContent ?? ''", args=[])
            if text := (result["value"] or "").strip():
                return text
        except Busy:
            pass
        time.sleep(0.05)
    raise TimeoutError("the page stays empty")


class Busy(Exception):
    """Not while a prompt is open, or a page is being left."""


class Marionette:
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


if __name__ == "__main__":
    main()
