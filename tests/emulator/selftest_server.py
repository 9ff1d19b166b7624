"""Tests of the emulator: counts, limits, seeds, connections, and emulators as forks."""

import concurrent.futures
import contextlib
import http.client
import json
import os
import signal
import subprocess
import time
import unittest
import urllib.error
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from selftest_case import ACCOUNT, POOL, Case, start, tag_dict, tag_list


class Server(Case):
    def test_counting(self):
        self.iam.list_users()
        self.cognito.list_user_pools(MaxResults=1)
        self.client("cognito-idp", "us-west-2").list_user_pools(MaxResults=1)
        self.refused("NoSuchEntity", 404, self.iam.list_user_tags, UserName="none")
        counts = self.emulator("GET", "calls")
        self.assertEqual(
            {"iam:ListUsers": 1, "iam:ListUserTags": 1, "cognito-idp:ListUserPools": 2}, counts["calls"]
        )
        self.assertEqual({"cognito-idp:ListUserPools": 1}, counts["by_region"]["us-west-2"])
        self.assertEqual({"404": 1}, counts["by_status"]["iam:ListUserTags"])
        self.assertEqual(4, counts["total"])
        log = self.emulator("GET", "log")
        self.assertEqual(
            ("iam:ListUserTags", "none", 404),
            (log[3]["call"], log[3]["params"]["UserName"], log[3]["status"]),
        )
        self.emulator("DELETE", "calls")
        self.assertEqual(0, self.emulator("GET", "calls")["total"])

    def test_rate(self):
        self.emulator("PUT", "limits", {"rps": 5})
        done = refused = 0
        for _ in range(8):
            try:
                self.iam.list_users()
                done += 1
            except ClientError as error:
                self.assertEqual("Throttling", error.response["Error"]["Code"])
                refused += 1
        self.assertEqual(8, done + refused)
        self.assertIn(done, (5, 6))
        self.cognito.list_user_pools(MaxResults=1)  # a bucket of its own
        time.sleep(0.4)
        self.iam.list_users()
        self.emulator("PUT", "limits", {"rps": {"cognito-idp": 1}})
        for _ in range(10):
            self.iam.list_users()

    def test_delay_and_concurrency(self):
        self.emulator("PUT", "limits", {"delay_ms": 100})
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            list(pool.map(lambda _: self.iam.list_users(), range(20)))
        self.assertLess(time.monotonic() - began, 1)
        self.assertGreater(self.emulator("GET", "calls")["max_in_flight"], 5)

    def test_concurrent_writes(self):
        self.seed(users=[{"name": f"u{n}"} for n in range(100)])
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            list(
                pool.map(
                    lambda n: self.iam.tag_user(UserName=f"u{n}", Tags=tag_list({"n": str(n)})), range(100)
                )
            )
        users = self.emulator("GET", "state")["users"]
        self.assertEqual({f"u{n}": {"n": str(n)} for n in range(100)}, {u["name"]: u["tags"] for u in users})

    def test_seeding_is_quick_and_the_same(self):
        tags = {f"k{n}": "value" for n in range(10)}
        data = {
            "users": [{"name": f"u{n:04}", "path": "/p/", "tags": tags} for n in range(5000)],
            "pools": {"eu-central-1": [{"name": f"p{n}", "tags": tags} for n in range(500)]},
        }
        began = time.monotonic()
        made = self.seed(**data)
        self.assertLess(time.monotonic() - began, 4)
        self.assertEqual(f"arn:aws:iam::{ACCOUNT}:user/p/u0000", made["users"][0])
        self.assertEqual((5000, 500), (len(made["users"]), len(made["pools"]["eu-central-1"])))
        self.emulator("DELETE", "seed")
        self.assertEqual([], self.emulator("GET", "state")["users"])
        self.assertEqual(made, self.seed(**data))

    def test_seeding_what_aws_would_refuse(self):
        bad = {"Env": "1", "env": "a!,\r\n\t<&>", "aws:x": ""}
        made = self.seed(
            users=[{"name": "ana", "tags": bad}],
            devices=[{"name": "d", "tags": bad}],
            pools={"eu-central-1": [{"name": "p", "tags": bad}]},
        )
        self.assertEqual(bad, self.user_tags("ana"))
        self.assertEqual(
            bad, tag_dict(self.iam.list_mfa_device_tags(SerialNumber=made["devices"][0])["Tags"])
        )
        pool = made["pools"]["eu-central-1"][0]
        self.assertEqual(bad, self.cognito.list_tags_for_resource(ResourceArn=pool)["Tags"])
        state = self.emulator("GET", f"state?account={ACCOUNT}")
        self.assertEqual(
            (bad, bad, bad),
            (
                state["users"][0]["tags"],
                state["devices"][0]["tags"],
                state["pools"]["eu-central-1"][0]["tags"],
            ),
        )
        self.assertEqual(pool, state["pools"]["eu-central-1"][0]["arn"])

    def test_keep_alive(self):
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"))
        for _ in range(3):
            connection.request("GET", "/_emulator/calls")
            answer = connection.getresponse()
            answer.read()
            self.assertEqual(11, answer.version)
            self.assertFalse(answer.will_close)
        connection.close()

    def test_unsigned(self):
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(self.url, data=b"Action=ListUsers&Version=2010-05-08")
        self.assertEqual(403, caught.exception.code)
        caught.exception.close()

    @unittest.skipIf(os.name == "nt", "no such signal")
    def test_sigterm(self):
        process, _ = start()
        process.send_signal(signal.SIGTERM)
        self.assertEqual(0, process.wait(5))
        process.stdin.close()
        process.stdout.close()


class Pool(unittest.TestCase):
    arguments = []

    @classmethod
    def setUpClass(cls):
        pipe = subprocess.PIPE
        cls.process = subprocess.Popen(POOL + cls.arguments, stdin=pipe, stdout=pipe, text=True)

    @classmethod
    def tearDownClass(cls):
        """The emulators end with the process that started them, even if it had no time to stop them."""
        pool = cls()
        urls = [pool.start(), pool.start()]
        cls.process.kill()
        cls.process.wait()
        cls.process.stdin.close()
        cls.process.stdout.close()
        assert all(pool.gone(url) for url in urls)

    def order(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def start(self):
        return self.order("start").removeprefix("listening on ")

    def users(self, url):
        keys = {"aws_access_key_id": f"AKIA{ACCOUNT}TEST", "aws_secret_access_key": "secret"}
        config = Config(retries={"total_max_attempts": 1})
        iam = boto3.client("iam", region_name="us-east-1", endpoint_url=url, config=config, **keys)
        with contextlib.closing(iam):
            return [user["UserName"] for user in iam.list_users()["Users"]]

    def emulator(self, url, method, path, data=None):
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(f"{url}/_emulator/{path}", method=method, data=body)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def gone(self, url):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                self.emulator(url, "GET", "calls")
            except OSError:
                return True
            time.sleep(0.05)
        return False

    def test_emulators_share_nothing(self):
        one, other = self.start(), self.start()
        self.emulator(one, "POST", "seed", {"users": [{"name": "ana"}]})
        self.emulator(one, "PUT", "limits", {"page": 1})
        self.assertEqual((["ana"], []), (self.users(one), self.users(other)))
        self.emulator(one, "PUT", "faults", [{"kind": "deny"}])
        self.assertEqual([], self.users(other))
        self.assertEqual([1, 2], [self.emulator(url, "GET", "calls")["total"] for url in (one, other)])
        self.assertIsNone(self.emulator(other, "GET", "limits")["page"])

    def test_a_new_emulator_is_empty(self):
        url = self.start()
        self.assertEqual(0, self.emulator(url, "GET", "calls")["total"])
        self.assertEqual([], self.emulator(url, "GET", "log"))
        self.assertEqual([], self.emulator(url, "GET", "state?account=000000000000")["users"])

    def test_stop(self):
        one, other = self.start(), self.start()
        self.assertEqual(f"stopped {one}", self.order(f"stop {one}"))
        self.assertTrue(self.gone(one))
        self.assertEqual([], self.users(other))
        self.assertIn("error", self.order(f"stop {one}"))


class PoolWithoutFork(Pool):
    arguments = ["--no-fork"]


if __name__ == "__main__":
    unittest.main()
