"""Opens a page in a headless browser and prints its text.

    open_page.py chromium|firefox URL [--trust HOST] [--login USER PASSWORD] [--dark] [--width PIXELS] [--screenshot FILE]

The profile is a new one. `--trust`: this host may have Kerberos tickets. `--login` is given when the browser asks for user
and password, once; so a login that is refused gets the page of the refusal. With `--width` (a phone's, or a desktop's) the
last line is the width that the page wants: `wants 390 of 390 pixels`.
"""

import argparse
import os
import shutil
import tempfile

from devtools import Chromium
from marionette import Firefox

BROWSERS = {"chromium": Chromium, "firefox": Firefox}
PHONE = 600  # narrower windows are those of a phone


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("browser", choices=BROWSERS)
    parser.add_argument("url")
    parser.add_argument("--trust")
    parser.add_argument("--login", nargs=2)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--width", type=int)
    parser.add_argument("--screenshot")
    parser.add_argument("--certificate-hash", help="the public key of a self-made certificate: base64 of its SHA-256")
    options = parser.parse_args()
    profile = tempfile.mkdtemp()
    os.environ["HOME"] = profile
    about = {"trusted": options.trust, "login": options.login, "dark": options.dark}
    if options.certificate_hash:
        about["certificate_hash"] = options.certificate_hash
    browser = BROWSERS[options.browser](profile, **about)
    try:
        look(browser, options)
    finally:
        browser.close()
        shutil.rmtree(profile, ignore_errors=True)


def look(browser, options):
    if options.width:
        browser.window(options.width, 844, options.width < PHONE)
    browser.open(options.url)
    print(browser.run("document.body.innerText"))
    if options.screenshot:
        browser.screenshot(options.screenshot)
    if options.width:
        print(f"wants {browser.run('document.scrollingElement.scrollWidth')} of {options.width} pixels")


if __name__ == "__main__":
    main()
