"""HTML pages with one doubtful sentence: inline styles, style elements, attributes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from bench.hidden_text.case import DOUBTFUL, ORDINARY, Case

_INLINE_HIDDEN = {
    "display none": "display:none",
    "visibility": "visibility:hidden",
    "content-visibility": "content-visibility:hidden",
    "opacity 0": "opacity:0",
    "opacity .01": "opacity:.01",
    "opacity 1 percent": "opacity:1%",
    "opacity 0.05": "opacity:0.05",
    "filter opacity": "filter:opacity(0)",
    "filter opacity 2 percent": "filter:blur(0px) opacity(2%)",
    "colour transparent": "color:transparent",
    "colour 8 digits": "color:#00000000",
    "colour 4 digits": "color:#0000",
    "colour rgba with blanks": "color:rgb(0 0 0 / 1%)",
    "colour hsl": "color:hsl(0, 0%, 100%)",
    "colour hsla clear": "color:hsla(0,0%,0%,.02)",
    "colour hsl deg": "color:hsl(120deg 100% 99%)",
    "colour named ivory on white": "color:ivory",
    "colour fefefe": "color:#fefefe",
    "colour rgb percent": "color:rgb(100%,100%,100%)",
    "text fill": "-webkit-text-fill-color:white",
    "colour variable": "--ink:#fff;color:var(--ink)",
    "font 0": "font-size:0",
    "font 2px": "font-size:2px",
    "font .1em": "font-size:.1em",
    "font shorthand": "font:italic 1px/1 serif",
    "font percent": "font-size:5%",
    "font 1pt": "font-size:1pt",
    "font vw": "font-size:.05vw",
    "scale 0": "transform:scale(0)",
    "scale property": "scale:0",
    "scaleY 0": "transform:scaleY(0)",
    "scale .05": "transform:scale(.05)",
    "rotate 90 on X": "transform:rotateX(90deg)",
    "matrix 0": "transform:matrix(0,0,0,0,0,0)",
    "zoom": "zoom:.02",
    "translate away": "transform:translateX(-9999px)",
    "translate percent": "transform:translate(-500%,0)",
    "translate property": "translate:-9999px 0",
    "left away": "position:absolute;left:-9999px",
    "left away in em": "position:absolute;left:-200em",
    "left away in vw": "position:absolute;left:-150vw",
    "left away by calc": "position:absolute;left:calc(-100vw - 900px)",
    "inset away": "position:fixed;inset:-5000px auto auto -5000px",
    "left far right": "position:absolute;left:99999px",
    "top away": "position:absolute;top:-500px",
    "indent away": "text-indent:-9999px",
    "indent over the edge": "text-indent:100%;white-space:nowrap;overflow:hidden",
    "margin away": "margin-left:-9999px",
    "zero height": "height:0;overflow:hidden",
    "zero max-height": "max-height:0;overflow:hidden",
    "zero width": "width:0;overflow:clip;white-space:nowrap",
    "1px box": "position:absolute;width:1px;height:1px;overflow:hidden",
    "clip": "position:absolute;clip:rect(0,0,0,0)",
    "clip with units": "position:absolute;clip:rect(1px 1px 1px 1px)",
    "clip-path inset": "clip-path:inset(50%)",
    "clip-path inset right": "clip-path:inset(0 100% 0 0)",
    "clip-path circle": "clip-path:circle(0px at 50% 50%)",
    "clip-path polygon": "clip-path:polygon(0 0,0 0,0 0)",
    "comment in style": "color:/* ink */#fff",
    "important": "color:#fff !important;color:#000",
    "escape": "disp\\6c ay:none",
}
_INLINE_SEEN = {
    "opacity .6": "opacity:.6",
    "grey": "color:#767676",
    "pale grey": "color:#bbb",
    "zero height overflows": "height:0",
    "left a little": "position:relative;left:-20px",
    "small print": "font-size:7px",
    "scale .9": "transform:scale(.9)",
    "centred by translate": "position:absolute;left:50%;transform:translateX(-50%)",
    "inset 0": "clip-path:inset(0 0 0 0)",
    "hanging indent": "padding-left:2em;text-indent:-2em",
    "white on own black": "color:#fff;background:#000",
    "white on a gradient": "color:#fff;background:linear-gradient(#036,#069)",
    "gradient letters": "color:transparent;background:linear-gradient(red,blue);-webkit-background-clip:text",
    "shadowed white": "color:#fff;text-shadow:0 0 3px #000",
    "scrolling box": "height:2em;overflow:auto",
    "rotate": "display:inline-block;transform:rotate(5deg)",
    "clip without position": "clip:rect(0,0,0,0)",
}
_P = f"<p class='w' id='i'>{DOUBTFUL}</p>"
_PAGE_HIDDEN = {
    "class": ("<style>.w{display:none}</style>", _P),
    "id": ("<style>#i{visibility:hidden}</style>", _P),
    "child selector": ("<style>body > p.w { opacity: 0 }</style>", _P),
    "attribute selector": ("<style>[class~=w]{font-size:0}</style>", _P),
    "nth-of-type": ("<style>p:nth-of-type(2){display:none}</style>", _P),
    "media screen": ("<style>@media screen and (min-width:300px){.w{display:none}}</style>", _P),
    "supports": ("<style>@supports (display:grid){.w{display:none}}</style>", _P),
    "nested rule": ("<style>body{ & p.w{display:none} }</style>", _P),
    "layer": ("<style>@layer a{.w{display:none}}</style>", _P),
    "specificity": ("<style>#i{color:#fff} p{color:#000}</style>", _P),
    "important over inline": ("<style>b{display:none!important}</style>", f"<b style='display:block'>{DOUBTFUL}</b>"),
    "unrelated style": ("<style>p{margin:0}</style>", f"<p style='color:#fff'>{DOUBTFUL}</p>"),
    "unrelated link": ("<link rel=stylesheet href=none.css>", f"<p style='color:#fff'>{DOUBTFUL}</p>"),
    "style in body": ("", f"<style>.w{{color:white}}</style>{_P}"),
    "variable of the root": ("<style>:root{--a:#fff}.w{color:var(--a)}</style>", _P),
    "dark page": ("<style>body{background:#111;color:#ddd}.w{color:#121212}</style>", _P),
    "background of html": ("<style>html{background:#000}body{color:#ddd}.w{color:#000}</style>", _P),
    "inherited colour": ("", f"<div style='color:#fff'><section><p>{DOUBTFUL}</p></section></div>"),
    "background above": ("", f"<div style='background:ivory'><p style='color:ivory'>{DOUBTFUL}</p></div>"),
    "half clear background": (
        "",
        f"<div style='background:rgba(0,0,0,.5)'><p style='color:rgb(128,128,128)'>{DOUBTFUL}</p></div>",
    ),
    "product of opacities": (
        "",
        f"<div style='opacity:.3'><div style='opacity:.3'><div style='opacity:.3'><p>{DOUBTFUL}</p></div></div></div>",
    ),
    "product of sizes": ("", f"<div style='font-size:.3em'><p style='font-size:.3em'>{DOUBTFUL}</p></div>"),
    "font tag": ("", f"<font color=white>{DOUBTFUL}</font>"),
    "bgcolor": ("", f"<table bgcolor=navy><tr><td><font color='#000080'>{DOUBTFUL}</font></td></tr></table>"),
    "hidden attribute": ("", f"<div hidden><p>{DOUBTFUL}</p></div>"),
    "popover": ("", f"<div popover><p>{DOUBTFUL}</p></div>"),
    "behind its box": (
        "",
        f"<div style='background:#fff'><p style='position:relative;z-index:-1'>{DOUBTFUL}</p></div>",
    ),
    "part of a line": ("<style>span{opacity:0}</style>", f"<p>Ask your shop. <span>{DOUBTFUL}</span></p>"),
    "table cell": ("<style>.c{display:none}</style>", f"<table><tr><td>a</td><td class=c>{DOUBTFUL}</td></tr></table>"),
}
_PAGE_SEEN = {
    "other class": ("<style>.v{display:none}</style>", _P),
    "overruled": ("<style>.w{display:none}#i{display:block}</style>", _P),
    "print only": ("<style>@media print{.w{display:none}}</style>", _P),
    "narrow screens only": ("<style>@media (max-width:400px){.w{display:none}}</style>", _P),
    "hover only": ("<style>.w:hover{opacity:0}</style>", _P),
    "visible again": ("", f"<div style='visibility:hidden'><p style='visibility:visible'>{DOUBTFUL}</p></div>"),
    "size again": ("", f"<div style='font-size:0'><p style='font-size:14px'>{DOUBTFUL}</p></div>"),
    "white on a dark page": ("<style>body{background:#123}</style>", f"<p style='color:#fff'>{DOUBTFUL}</p>"),
    "white on a dark header": (
        "<style>th{background:#036;color:#fff}</style>",
        f"<table><tr><th>Part</th><th>{DOUBTFUL}</th></tr><tr><td>1</td><td>2</td></tr></table>",
    ),
    "link in white text": ("", f"<div style='color:#fff'><a href='#'>{DOUBTFUL}</a></div>"),
    "closed details": ("", f"<details><summary>More</summary><p>{DOUBTFUL}</p></details>"),
    "opened by a tick": (
        "<style>.w{display:none}#t:checked ~ .w{display:block}</style>",
        f"<input type=checkbox id=t><label for=t>More</label>{_P}",
    ),
    "white over a picture": ("", f"<div style='background-image:url(a.png);color:#fff'><p>{DOUBTFUL}</p></div>"),
}


def cases() -> Iterator[Case]:
    """Yield every page."""
    for seen, styles in ((False, _INLINE_HIDDEN), (True, _INLINE_SEEN)):
        for name, style in styles.items():
            yield Case(name, ".html", seen, partial(_page, "", f'<p style="{style}">{DOUBTFUL}</p>'))
    for seen, pages in ((False, _PAGE_HIDDEN), (True, _PAGE_SEEN)):
        for name, (head, body) in pages.items():
            yield Case(name, ".html", seen, partial(_page, head, body))


def _page(head: str, body: str) -> bytes:
    first, last = ORDINARY
    return (
        f"<!doctype html><html><head><title>Manual</title>{head}</head>"
        f"<body><p>{first}</p>{body}<h2>{last}</h2></body></html>"
    ).encode()
