"""Texts that would be code somewhere: SQL, HTML and scripts, markdown, formulas of spreadsheets."""

from __future__ import annotations

SQL = (
    "'", '"', "';--", "' OR '1'='1", "' OR 1=1--", "\" OR \"\"=\"", "') OR ('1'='1", "'; DROP TABLE area; --",
    "'; ATTACH ':memory:' AS x; --", "' UNION SELECT NULL--", "' UNION SELECT * FROM area--", "1; SELECT 1", "%", "_",
    "%' OR '%'='", "\\'; --", "\\", "?", "$1", ":name", "{}", "${7*7}", "NULL", "null", "\x00", "a\x00b", "é",
    "＇ OR 1",
    "' AND sleep(5)--", "' || version() || '", "read_csv('/etc/hosts')", "../../etc/passwd", "/etc/passwd",
    "area_id", "* FROM area", "1=1", "true", "0x27", "CHAR(39)", "/*", "*/", "/**/OR/**/1=1", "\n--", "\t", " ",
    "x" * 10_000, "<script>alert(1)</script>", "\u202e", "🍎", "COPY area TO '/tmp/x'",
)

# What each does when it runs: it counts itself in the window, and asks the canary for a picture.
RUN = "window.ran=(window.ran||0)+1"


def scripts(canary: str) -> list[str]:
    """Forty texts that run, or load something from `canary`, where they are not shown as text."""
    run, ask = RUN, f"{canary}/beacon"
    return [
        f"<script>{run}</script>", f"<SCRIPT SRC={ask}.js></SCRIPT>", f'<img src=x onerror="{run}">',
        f"<img src={ask}.png>", f'"><img src=x onerror={run}>', f"'><svg onload={run}>", f"<svg/onload={run}>",
        f"<svg><script>{run}</script></svg>", f"<svg><image href={ask}.svg></svg>", f"<body onload={run}>",
        f'<iframe src="javascript:{run}"></iframe>', f"<iframe src={ask}.html></iframe>",
        f'<iframe srcdoc="<script>parent.{run}</script>"></iframe>', f'<a href="javascript:{run}">clic</a>',
        f"<details open ontoggle={run}>", f"<video src={ask}.mp4 onerror={run}></video>",
        f"<audio src=x onerror={run}>", f"<object data={ask}.swf></object>", f"<embed src={ask}.pdf>",
        f"<link rel=stylesheet href={ask}.css>", f"<style>@import '{ask}.css'</style>",
        f"<div style=\"background:url({ask}.gif)\">fond</div>", f'<meta http-equiv=refresh content="0;url={ask}">',
        f"<base href={canary}/>", f"<input autofocus onfocus={run}>", f"<select autofocus onfocus={run}>",
        f"<marquee onstart={run}>", f"<math><mtext><img src=x onerror={run}></mtext></math>",
        f"<template><img src=x onerror={run}></template>", f"</style><img src=x onerror={run}>",
        f"</title><img src=x onerror={run}>", f"</script><script>{run}</script>", f"--><img src=x onerror={run}>",
        f"]]><img src=x onerror={run}>", f"<scr<script>ipt>{run}</script>", f"&lt;img src=x onerror={run}&gt;",
        f"<form action={ask}><button autofocus onfocus={run}>", f"{{{{constructor.constructor('{run}')()}}}}",
        f"<img srcset='{ask}.png 1x'>", f"\u2028<img src=x onerror={run}>\u202e",
    ]


def markdown(canary: str) -> list[str]:
    """Ten texts that markdown, Streamlit's own marks, or a formula in LaTeX would change or fetch."""
    return [
        f"![image]({canary}/md.png)", f"[lien](javascript:{RUN})", f"[lien]({canary}/md)", ":material/delete:",
        ":red[rouge]", "$x^2$ et $y$", "# grand titre", "| a | b |\n|---|---|", "`code` **gras**",
        f"<{canary}/auto>",
    ]


FORMULAS = (
    "=1+1", "=HYPERLINK(\"http://127.0.0.1:9/\")", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1", "\0=1+1",
    "＝1+1", "＋1+1", "－1+1", "＠SUM(A1)", "=cmd|' /C calc'!A0", "=DDE(\"a\";\"b\";\"c\")", "-2+3+cmd|' /C calc'!A0",
    "=WEBSERVICE(\"http://127.0.0.1:9/\")", "=IMPORTXML(\"http://127.0.0.1:9/\";\"//a\")",
)
