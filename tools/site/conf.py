"""The documentation as a site: `sphinx-build -c tools/site -W docs target/site`.

The pages are written for GitHub: docs/README.md is the index, and links lead to files of the repository. This
configuration makes the navigation from the tables of the index, so a page that the index lacks is a warning, and sends
links that leave docs/ to the repository. A link or an anchor that leads nowhere is a warning, and `-W` makes it an error.
"""

import os
import re
import tomllib
from pathlib import Path

from markdown_it import MarkdownIt
from mdit_py_plugins.anchors import anchors_plugin
from sphinx.util import logging

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PACKAGE = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]

project = PACKAGE["name"]
release = version = PACKAGE["version"]
html_title = f"{project} {release}"
root_doc = "README"
extensions = ["myst_parser"]
myst_heading_anchors = 6
# Pages quote commands with placeholders and output that is cut short; a lexer that stumbles is no fault of the page.
suppress_warnings = ["misc.highlighting_failure"]
html_theme = "furo"
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False

log = logging.getLogger(__name__)
# A link, or a code span, in which a link is text. The code span has no target.
LINK = re.compile(r"(`+)(?:(?!\1).)+\1|\]\((?P<target>[^)\s]+)\)")
# A link whose text is the name of its page.
NAMED = re.compile(r"\[[\w/.-]+\.md\](?=\((?P<target>[^)\s]+)\))")
FENCE = re.compile(r"^ *(`{3,}|~{3,})")


def prose(text):
    """The lines of a page, each with its number and with False for those of fenced code."""
    fence = None
    for number, line in enumerate(text.splitlines(), 1):
        mark = FENCE.match(line)
        if fence:
            yield number, line, False
            if mark and line.strip() == fence:
                fence = None
        else:
            fence = mark and mark[1]
            yield number, line, not mark


def anchors(page):
    """The anchors of a page as GitHub makes them from its headings."""
    tokens = MarkdownIt("commonmark").enable("table").use(anchors_plugin, max_level=6).parse(page.read_text())
    return {token.attrs["id"] for token in tokens if token.type == "heading_open"}


def links(line):
    """The targets of the links in a line."""
    return [found["target"] for found in LINK.finditer(line) if found["target"]]


def fault(page, link):
    """Why a link of a page leads nowhere; nothing for one that leads to a file, a folder or another host."""
    path, _, anchor = link.partition("#")
    if re.match(r"[a-z]+:", link):
        return None
    target = (page.parent / path).resolve() if path else page
    if not target.is_relative_to(ROOT) or not target.exists():
        return "no such file"
    if anchor and target.suffix == ".md" and anchor not in anchors(target):
        return "no such heading"
    return None


def outside(page, link):
    """The address in the repository for a link that leaves docs/; any other link as it is."""
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve()
    if not path or re.match(r"[a-z]+:", link) or target.is_relative_to(DOCS):
        return link
    kind = "tree" if target.is_dir() else "blob"
    name = target.relative_to(ROOT).as_posix()
    return f"{PACKAGE['repository']}/{kind}/main/{name}{'#' + anchor if anchor else ''}"


def rewritten(page, found):
    """A link with its address in the site; a code span as it is."""
    return f"]({outside(page, found['target'])})" if found["target"] else found[0]


def titled(page, found):
    """No text for a link to a page of the site, which then shows the title; others keep the name."""
    inside = (page.parent / found["target"].partition("#")[0]).resolve().is_relative_to(DOCS)
    return "[]" if inside else found[0]


def report(page, text):
    """Warnings for the links of a page that lead nowhere."""
    for number, line, is_prose in prose(text):
        for link in links(line) if is_prose else ():
            if why := fault(page, link):
                log.warning("%s: %s", link, why, location=f"{page.relative_to(ROOT)}:{number}")


def navigation(text):
    """A hidden table of contents for each section of the index, with the pages of its table."""
    sections, seen = [], set()
    for _, line, is_prose in prose(text):
        if is_prose and line.startswith("## "):
            sections.append((line[3:], []))
        elif is_prose and sections and line.startswith("|"):
            for link in links(line)[:1]:
                name = link.partition("#")[0].removesuffix(".md")
                if (DOCS / f"{name}.md").resolve().is_relative_to(DOCS) and name not in seen:
                    seen.add(name)
                    sections[-1][1].append(name)
    return "".join(
        "\n```{{toctree}}\n:hidden:\n:caption: {}\n\n{}\n```\n".format(title, "\n".join(pages))
        for title, pages in sections
        if pages
    )


def read(app, docname, content):
    """Rewrites a page between the disk and the parser."""
    page = DOCS / f"{docname}.md"
    text = content[0]
    report(page, text)
    lines = []
    for _, line, is_prose in prose(text):
        if is_prose:
            line = NAMED.sub(lambda found: titled(page, found), line)
            line = LINK.sub(lambda found: rewritten(page, found), line)
        lines.append(line)
    content[0] = "\n".join(lines) + "\n" + (navigation(text) if docname == root_doc else "")


def others(app):
    """Checks the pages outside docs/ too: they are not part of the site, but lead to it."""
    skipped = {"docs", "target", ".git", "node_modules"}
    for folder, folders, files in os.walk(ROOT):
        folders[:] = sorted(set(folders) - skipped)
        for name in sorted(files):
            if name.endswith(".md"):
                page = Path(folder, name)
                report(page, page.read_text())


def index(app, error):
    """A web server shows index.html first."""
    if error is None:
        page = '<!doctype html><meta charset="utf-8"><title>{0}</title><meta http-equiv="refresh" content="0; url={1}">' \
            '<a href="{1}">{0}</a>\n'
        Path(app.outdir, "index.html").write_text(page.format(html_title, f"{root_doc}.html"))


def setup(app):
    app.connect("builder-inited", others)
    app.connect("source-read", read)
    app.connect("build-finished", index)
    # A change of this file or of another page can break a link of a page that did not change: read all of them.
    return {"version": release, "env_version": 1}
