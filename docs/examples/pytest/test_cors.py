"""Runs with pytest as with unittest. `CROSSCHECK` names the program, if it is not on the PATH."""
import json
import os
import subprocess
import unittest


class CorsTest(unittest.TestCase):
    def test_the_server_shares_what_its_policy_promises(self):
        command = [os.environ.get("CROSSCHECK", "crosscheck"), "run", "--format", "json"]
        ran = subprocess.run(command, cwd=os.path.dirname(os.path.abspath(__file__)), capture_output=True, text=True)
        self.assertIn(ran.returncode, (0, 1), ran.stderr)
        report = json.loads(ran.stdout)
        causes = [cause for subject in report["subjects"] for cause in subject["causes"]]
        self.assertEqual([], causes)
        self.assertEqual(0, ran.returncode, ran.stdout)


if __name__ == "__main__":
    unittest.main()
