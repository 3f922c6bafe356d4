/** The one stylesheet. It asks for nothing: no font, no picture, no script. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f5f6f8; --surface: #ffffff; --raised: #eef0f3; --text: #1a1f26; --muted: #56606c; --line: #d9dee4;
  --link: #0a57b8; --focus: #0a57b8;
  --red: #b3261e; --red-ground: #fdeceb; --amber: #855100; --amber-ground: #fcf1dd; --green: #17672f; --green-ground: #e4f4e8;
  --violet: #6236b5; --violet-ground: #f0eafb; --blue: #0a57b8; --blue-ground: #e6effa; --grey: #4b5560; --grey-ground: #eaedf0;
  --shade: 0 1px 2px rgb(20 28 38 / 6%);
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0d1014; --surface: #15191f; --raised: #1e242c; --text: #e5e9ee; --muted: #9ba6b2; --line: #2b323b;
    --link: #82b5ff; --focus: #82b5ff;
    --red: #ff9188; --red-ground: #3a1715; --amber: #ecb552; --amber-ground: #33250b; --green: #74d18f; --green-ground: #10301b;
    --violet: #c6aaff; --violet-ground: #2a1f44; --blue: #82b5ff; --blue-ground: #12284a; --grey: #aab4bf; --grey-ground: #242b34;
    --shade: none;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--ground); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, sans-serif;
  overflow-wrap: anywhere;
}
a { color: var(--link); text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: 2px; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 3px; }
main:focus { outline: none; }
code, pre { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .87em; }
code { background: var(--raised); border-radius: 4px; padding: .1em .32em; }
a code { background: none; padding: 0; }
h1 { font-size: 1.55rem; line-height: 1.25; margin: 0 0 .6rem; font-weight: 650; letter-spacing: -.01em; }
h2 { font-size: 1.08rem; line-height: 1.35; margin: 0 0 .6rem; font-weight: 650; }
h3 { font-size: .95rem; margin: 1.1rem 0 .35rem; font-weight: 650; }
p { margin: 0 0 .6rem; }
ul, ol { margin: 0 0 .6rem; padding-left: 1.15rem; }
li { margin: .25rem 0; }
time { white-space: nowrap; }
.skip { position: absolute; left: -999rem; top: 0; background: var(--surface); color: var(--link); padding: .6rem 1rem; z-index: 1; }
.skip:focus { left: .5rem; top: .5rem; }
.hidden { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.wrap { max-width: 1180px; margin: 0 auto; padding: 0 20px; }
.top { background: var(--surface); border-bottom: 1px solid var(--line); }
.top .wrap { display: flex; flex-wrap: wrap; align-items: center; column-gap: 1.6rem; }
.brand { display: inline-flex; align-items: center; gap: .5rem; font-weight: 700; color: var(--text); text-decoration: none; padding: .7rem 0; }
.brand svg { width: 20px; height: 20px; }
.top ul { display: flex; flex-wrap: wrap; list-style: none; margin: 0; padding: 0; column-gap: 1.15rem; }
.top li { margin: 0; }
.top nav a { display: block; padding: .7rem 0 .55rem; color: var(--muted); text-decoration: none; border-bottom: 3px solid transparent; }
.top nav a:hover { color: var(--text); border-bottom-color: var(--line); }
.top nav a[aria-current] { color: var(--text); border-bottom-color: var(--link); font-weight: 600; }
main.wrap { display: block; padding-top: 1.4rem; padding-bottom: 1.6rem; }
.lead { color: var(--muted); margin-bottom: 1rem; }
footer { color: var(--muted); font-size: .87rem; border-top: 1px solid var(--line); padding: .9rem 0 1.6rem; }
footer .wrap { display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; }
section { margin: 0 0 1.6rem; }
.count { color: var(--muted); font-weight: 400; }
.card { background: var(--surface); border: 1px solid var(--line); border-radius: 8px; box-shadow: var(--shade); padding: 1rem 1.15rem; }
.card > :last-child, .card > div > :last-child { margin-bottom: 0; }

.tally { display: flex; flex-wrap: wrap; gap: .6rem; list-style: none; padding: 0; margin: 0 0 1rem; }
.tally li { margin: 0; flex: 1 1 8.5rem; }
.tally a, .tally span.tile { display: block; background: var(--surface); border: 1px solid var(--line); border-top: 3px solid var(--tone, var(--line)); border-radius: 8px; padding: .5rem .85rem .55rem; text-decoration: none; color: var(--text); box-shadow: var(--shade); height: 100%; }
.tally span.none { border-top-color: var(--line); color: var(--muted); }
.tally a:hover { border-color: var(--tone, var(--muted)); }
.tally b { display: block; font-size: 1.5rem; line-height: 1.2; font-weight: 650; font-variant-numeric: tabular-nums; }
.tally .label { color: var(--muted); font-size: .87rem; }
.red { --tone: var(--red); } .amber { --tone: var(--amber); } .green { --tone: var(--green); } .violet { --tone: var(--violet); } .blue { --tone: var(--blue); } .grey { --tone: var(--grey); }

.fresh { display: flex; flex-wrap: wrap; gap: .2rem 1.3rem; list-style: none; padding: 0; color: var(--muted); font-size: .9rem; margin: 0 0 1.2rem; }
.fresh li { margin: 0; }
.notice { border: 1px solid var(--tone); border-left-width: 4px; border-radius: 8px; background: var(--surface); padding: .7rem 1rem; margin: 0 0 1rem; }
.notice > :last-child { margin-bottom: 0; }

.state { display: inline-block; border-radius: 999px; padding: .04rem .6rem; font-size: .82rem; font-weight: 600; white-space: nowrap; color: var(--tone); background: var(--grey-ground); }
.state.red { background: var(--red-ground); } .state.amber { background: var(--amber-ground); } .state.green { background: var(--green-ground); }
.state.violet { background: var(--violet-ground); } .state.blue { background: var(--blue-ground); }
.dot::before { content: ""; display: inline-block; width: .55rem; height: .55rem; border-radius: 50%; background: var(--tone); margin-right: .4rem; }
.dot.red::before { border-radius: 1px; }
.facts { display: flex; flex-wrap: wrap; gap: .1rem .55rem; list-style: none; margin: 0; padding: 0; color: var(--muted); font-size: .87rem; }
.facts li { margin: 0; }
.facts + p { margin-top: .5rem; }
.facts a[aria-current] { color: var(--text); font-weight: 650; text-decoration: none; }
.facts li:not(:last-child)::after { content: "·"; margin-left: .55rem; }
.small { font-size: .87rem; color: var(--muted); }
.small p, p.small { margin: .2rem 0 0; }

.rows { width: 100%; border-collapse: separate; border-spacing: 0; background: var(--surface); border: 1px solid var(--line); border-radius: 8px; box-shadow: var(--shade); margin-bottom: 1.2rem; }
.rows caption { text-align: left; }
.rows th, .rows td { text-align: left; vertical-align: top; padding: .7rem .85rem; border-bottom: 1px solid var(--line); font-weight: 400; }
.rows thead th { font-size: .8rem; font-weight: 600; color: var(--muted); padding-top: .5rem; padding-bottom: .45rem; white-space: nowrap; }
.rows tbody tr:last-child > * { border-bottom: 0; }
.rows tbody tr > :first-child { border-left: 3px solid var(--tone, transparent); }
.rows tbody tr:first-child > :first-child { border-top-left-radius: 0; }
.name { font-weight: 600; }
.name a, .about a { text-decoration-color: transparent; }
.name a:hover, .about a:hover { text-decoration-color: currentColor; }
.rows .cell { display: none; }
.rows p { margin: .15rem 0 .3rem; }
.rows .number, .chart .number { text-align: right; font-variant-numeric: tabular-nums; }
.w-half { width: 44%; } .w-third { width: 26%; } .w-small { width: 11%; }
@media (max-width: 760px) {
  body { font-size: 16px; }
  .wrap { padding: 0 14px; }
  h1 { font-size: 1.32rem; }
  .top nav { width: 100%; }
  .top .wrap { row-gap: 0; }
  .brand { padding-bottom: 0; }
  .tally li { flex-basis: 6.4rem; }
  .tally b { font-size: 1.3rem; }
  .rows, .rows tbody, .rows tr, .rows td, .rows tbody th { display: block; width: auto; }
  .rows { background: none; border: 0; box-shadow: none; }
  .rows thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .rows tbody tr { background: var(--surface); border: 1px solid var(--line); border-left: 3px solid var(--tone, var(--line)); border-radius: 8px; padding: .55rem .85rem; margin-bottom: .65rem; }
  .rows tbody td, .rows tbody th { border: 0; padding: .25rem 0; }
  .rows tbody tr > :first-child { border-left: 0; }
  .rows .cell { display: block; line-height: 1.3; font-size: .8rem; color: var(--muted); }
  .rows .number { text-align: left; }
  .rows td:empty { display: none; }
}

.pages { display: flex; flex-wrap: wrap; gap: 1.2rem; list-style: none; padding: 0; margin: .8rem 0 0; }
.split { display: grid; grid-template-columns: minmax(0, 1fr) 21rem; gap: 0 1.6rem; align-items: start; }
.split > * { min-width: 0; }
section.card { margin-bottom: 1.1rem; }
.about { margin: .9rem 0 1.1rem; }
@media (max-width: 980px) { .split { display: block; } }

pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 4; }
blockquote { margin: .3rem 0 .5rem; padding: .4rem .7rem; border-left: 3px solid var(--line); background: var(--raised); border-radius: 0 6px 6px 0; }
pre.diff, pre.code { background: var(--ground); border: 1px solid var(--line); border-radius: 6px; padding: .5rem 0; overflow-x: auto; white-space: pre; overflow-wrap: normal; margin: 0 0 .7rem; }
pre.code { padding: .5rem .8rem; }
pre code { background: none; padding: 0; font-size: 1em; }
.diff code { display: block; width: max-content; min-width: 100%; }
.diff span { display: block; padding: 0 .8rem; min-height: 1.5em; }
.diff .added { background: var(--green-ground); color: var(--green); }
.diff .removed { background: var(--red-ground); color: var(--red); }
.diff .hunk { color: var(--violet); } .diff .file { color: var(--muted); font-weight: 600; }
details { margin: 0 0 .7rem; }
summary { cursor: pointer; color: var(--link); padding: .2rem 0; }
.warning { border-left: 4px solid var(--amber); background: var(--amber-ground); padding: .5rem .8rem; border-radius: 0 6px 6px 0; }

.timeline { list-style: none; padding: 0; margin: 0; }
.timeline li { position: relative; margin: 0; padding: 0 0 .8rem 1.25rem; border-left: 2px solid var(--line); }
.timeline li:last-child { border-left-color: transparent; padding-bottom: 0; }
.timeline li::before { content: ""; position: absolute; left: -6px; top: .42rem; width: 10px; height: 10px; border-radius: 50%; background: var(--tone, var(--muted)); box-shadow: 0 0 0 3px var(--surface); }
.timeline li { margin-left: 6px; }
.timeline time { display: block; color: var(--muted); font-size: .84rem; font-variant-numeric: tabular-nums; }
dl.pairs { display: grid; grid-template-columns: minmax(7rem, max-content) minmax(0, 1fr); gap: .3rem 1rem; margin: 0; }
dl.pairs dt { color: var(--muted); } dl.pairs dd { margin: 0; }
@media (max-width: 480px) { dl.pairs { display: block; } dl.pairs dd { margin: 0 0 .5rem; } }

.chart { margin: 0 0 .8rem; }
.chart svg { display: block; overflow: visible; }
.chart figcaption { color: var(--muted); font-size: .87rem; margin-top: .2rem; }
.chart text { font-size: 11.5px; fill: var(--muted); font-family: inherit; }
.chart .grid { stroke: var(--line); stroke-width: 1; }
.chart .course { fill: none; stroke: var(--blue); stroke-width: 2; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.chart .area { fill: var(--blue); opacity: .1; }
.chart .limit { stroke: var(--red); stroke-width: 1.5; stroke-dasharray: 6 4; }
.chart .limit-label { fill: var(--red); font-weight: 600; paint-order: stroke; stroke: var(--surface); stroke-width: 4px; stroke-linejoin: round; }
@media (max-width: 480px) { .chart .wide { display: none; } }
.scroll { max-height: 18rem; overflow: auto; border: 1px solid var(--line); border-radius: 6px; margin: 0 0 1.2rem; }
.scroll table { width: 100%; border-collapse: collapse; font-size: .87rem; }
.scroll th, .scroll td { padding: .2rem .7rem; text-align: left; border-bottom: 1px solid var(--line); white-space: nowrap; overflow-wrap: normal; }
.scroll code { overflow-wrap: normal; }
.chart .scroll th:last-child { text-align: right; }

form.filter { display: flex; flex-wrap: wrap; gap: .7rem; align-items: end; margin: 0 0 1rem; }
form.filter > div { min-width: 0; max-width: 100%; }
form.filter label { display: block; font-size: .84rem; color: var(--muted); }
form.filter select, form.filter input { display: block; margin-top: .15rem; font: inherit; color: var(--text); background: var(--surface); border: 1px solid var(--muted); border-radius: 6px; padding: .35rem .5rem; max-width: 100%; min-width: 9rem; }
form.filter button { font: inherit; font-weight: 600; color: var(--surface); background: var(--link); border: 1px solid var(--link); border-radius: 6px; padding: .36rem 1rem; cursor: pointer; }
@media print { .top nav, .skip { display: none; } body { background: #fff; } }
`;
