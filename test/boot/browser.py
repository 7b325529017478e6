# SPDX-License-Identifier: BSD-2-Clause
"""A headless Chromium, driven through its debugging pipe, that shows a page as a reader meets
it."""
import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

LIMIT_S = 60
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
KEYS = {"ArrowLeft": 37, "ArrowRight": 39, "Tab": 9, "Enter": 13, "+": 187, "-": 189, "0": 48}


def find():
    """The path of the browser's program: $CHROMIUM, or one of the usual names; None when there is
    none."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One browser with one page. Use it in a with statement."""

    def __init__(self):
        self.profile = tempfile.TemporaryDirectory(prefix="tessera-browser-")
        child_in, self.to = os.pipe()
        self.out, child_out = os.pipe()

        def place_pipes():
            """Puts the pipes on descriptors 3 and 4, where the browser reads and writes."""
            high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (child_in, child_out)]
            for fd, wanted in zip(high, (3, 4), strict=True):
                os.dup2(fd, wanted)

        self.process = subprocess.Popen(
            [find(), "--headless=new", "--remote-debugging-pipe", "--disable-gpu",
             f"--user-data-dir={self.profile.name}", "--no-first-run", "--disable-extensions",
             "--hide-scrollbars",
             # Chromium has no sandbox for root, who a container's user is; the page is our own.
             *(["--no-sandbox"] if os.geteuid() == 0 else []), "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            pass_fds=(3, 4), preexec_fn=place_pipes)
        os.close(child_in)
        os.close(child_out)
        self.number, self.text, self.session, self.events = 0, b"", None, []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target,
                                flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.ask(domain + ".enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.to)
        os.close(self.out)
        # A helper process of the browser may still write there.
        shutil.rmtree(self.profile.name, ignore_errors=True)

    def message(self, end):
        """Waits for the next message of the browser."""
        while b"\0" not in self.text:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.out], [], [], left)[0]:
                raise AssertionError(f"the browser said nothing for {LIMIT_S} s")
            piece = os.read(self.out, 1 << 16)
            if not piece:
                raise AssertionError("the browser has ended")
            self.text += piece
        line, self.text = self.text.split(b"\0", 1)
        return json.loads(line)

    def ask(self, method, **params):
        self.number += 1
        words = {"id": self.number, "method": method, "params": params}
        if self.session:
            words["sessionId"] = self.session
        os.write(self.to, json.dumps(words).encode() + b"\0")
        end = time.monotonic() + LIMIT_S
        while True:
            answer = self.message(end)
            if answer.get("id") == self.number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
            self.events.append(answer)

    def open(self, path, width=1280, height=900):
        """Shows a file in a window of that size, and waits until it is there."""
        self.size(width, height)
        self.events.clear()
        self.ask("Page.navigate", url=path.resolve().as_uri())
        end = time.monotonic() + LIMIT_S
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(self.message(end))
        return self

    def size(self, width, height=900):
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height,
                 deviceScaleFactor=1, mobile=False)

    def value(self, expression):
        """The value of an expression of JavaScript, once the page has drawn itself again."""
        wait = "new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))"
        answer = self.ask("Runtime.evaluate", returnByValue=True, awaitPromise=True,
                          expression=f"{wait}.then(() => ({expression}))")
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, *keys):
        """Sends keys, as from a keyboard, to whatever has the focus."""
        for key in keys:
            words = {"key": key, "code": key, "windowsVirtualKeyCode": KEYS[key]}
            if len(key) == 1:
                words["text"] = key
            if key == "Enter":
                words["text"] = "\r"
            self.ask("Input.dispatchKeyEvent", type="keyDown", **words)
            self.ask("Input.dispatchKeyEvent", type="keyUp",
                     **{k: v for k, v in words.items() if k != "text"})

    def complaints(self):
        """All that the console has: messages, errors, and what the page's policy refused."""
        self.value("1")
        names = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
        return [event["params"] for event in self.events if event["method"] in names]

    def media(self, name):
        self.ask("Emulation.setEmulatedMedia", media=name)

    def screenshot(self, path, whole=True):
        data = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(data["data"]))

    def pdf(self):
        """The page as it would be printed."""
        data = self.ask("Page.printToPDF", printBackground=True, preferCSSPageSize=True)["data"]
        return base64.b64decode(data)
