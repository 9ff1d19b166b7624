#!/usr/bin/env python3
"""The checks and rewrites of conf.py, on the pages of this repository."""

import unittest

import conf

INDEX = conf.DOCS / "README.md"


class Links(unittest.TestCase):
    def test_a_target_is_found_and_code_is_not(self):
        self.assertEqual(conf.links("[a](b.md) `[c](d.md)` [`e`](f.md#g) ``[h](`i`)``"), ["b.md", "f.md#g"])

    def test_code_is_no_prose(self):
        text = "a\n```\n[b](c.md)\n```\n````toml\n```\nd\n````\ne"
        self.assertEqual([line for _, line, is_prose in conf.prose(text) if is_prose], ["a", "e"])

    def test_a_link_must_lead_somewhere(self):
        good = ["policy.md", "policy.md#waivers", "../README.md#try-it", "../examples/ci", "#everybody", "https://example.com/x"]
        self.assertEqual([link for link in good if conf.fault(INDEX, link)], [])
        bad = ["nowhere.md", "policy.md#nowhere", "../README.md#nowhere", "../src/nowhere.rs", "../../etc", "#nowhere"]
        self.assertEqual([link for link in bad if not conf.fault(INDEX, link)], [])

    def test_a_link_out_of_the_pages_leads_to_the_repository(self):
        repository = conf.PACKAGE["repository"]
        self.assertEqual(conf.outside(INDEX, "../README.md#try-it"), f"{repository}/blob/main/README.md#try-it")
        self.assertEqual(conf.outside(INDEX, "../examples/ci"), f"{repository}/tree/main/examples/ci")
        for link in ("policy.md#waivers", "#everybody", "https://example.com/x"):
            self.assertEqual(conf.outside(INDEX, link), link)


class Navigation(unittest.TestCase):
    def test_a_page_is_in_the_first_section_that_names_it(self):
        text = "## A\n| [x](fix.md) | [y](scan.md) |\n| [z](../README.md) | |\n## B\n| [x](fix.md#undo) | |\n| [p](policy.md) | |\n"
        made = conf.navigation(text)
        self.assertEqual(made.count("toctree"), 2)
        self.assertEqual([line for line in made.splitlines() if line in ("fix", "scan", "policy")], ["fix", "policy"])


if __name__ == "__main__":
    unittest.main()
