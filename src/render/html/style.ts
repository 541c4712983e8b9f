const LIGHT = `--paper: #fdfcfa; --ink: #1d1f21; --minor: #5b6066; --line: #d9d6cf; --panel: #f5f3ee; --link: #1b4f8a;
  --verified: #1d6350; --failed: #a8240f; --undetermined: #7a5200; --warning: #5a5145; --accepted: #2f5580; --current: #fff3c4;
  --f: #bf2c12; --f-mark: #ffffff;
  --l: #3d2a4f; --l-figure: #7f679a; --l-mark: #ffffff;
  --u: #f2b632; --u-figure: #b97f00; --u-mark: #2b1d00;
  --a: #dbe6f4; --a-figure: #8ba7c9; --a-mark: #16293f;
  --g: #f2f0ea; --g-figure: #a9a498; --g-mark: #3b3831;
  --s: #ffffff; --s-figure: #b97f00; --s-mark: #2b1d00;
  --w: #ffffff; --w-figure: #9aa5ad; --w-mark: #3b3831;
  --p: #8fbcae;`;

/**
 * The looks of the page: fonts of the reader's own system, one column, colours that differ in lightness too. Every state
 * of time also has a pattern and a letter, so that nothing is told by hue alone. Contrast is at least 4.5 to 1.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  ${LIGHT}
  --serif: Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, "Liberation Serif", serif;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181a; --ink: #e6e3dc; --minor: #a5a9ad; --line: #3a3d40; --panel: #1f2225; --link: #9cc4f2;
    --verified: #7fd0b4; --failed: #ff9580; --undetermined: #f0bd55; --warning: #c9bfae; --accepted: #a9c6e8; --current: #4a3f14;
    --f: #e8573c; --f-mark: #140300;
    --l: #d9c8ec; --l-figure: #8f76ab; --l-mark: #1a0f26;
    --u: #c28c13; --u-figure: #f7cf70; --u-mark: #120b00;
    --a: #22344a; --a-figure: #6f93be; --a-mark: #eef4fb;
    --g: #26292c; --g-figure: #6d7277; --g-mark: #e6e3dc;
    --s: #16181a; --s-figure: #c28c13; --s-mark: #f7cf70;
    --w: #16181a; --w-figure: #5d666e; --w-mark: #e6e3dc;
    --p: #33685a;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: calc(var(--nav) + 1rem); --nav: 3rem; }
html:has(#filter:not([hidden])) { --nav: 5.6rem; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.55 var(--sans); overflow-wrap: anywhere; }
main { max-width: 72rem; margin: 0 auto; padding: 3rem 1.5rem 6rem; }
h1, h2, h3 { font-family: var(--serif); line-height: 1.2; text-wrap: balance; }
h1 { margin: .2rem 0 .6rem; font-size: clamp(2.6rem, 7vw, 4rem); font-weight: 700; letter-spacing: -.015em; }
h2 { margin: 3.5rem 0 .75rem; font-size: 1.65rem; font-weight: 700; }
h3 { margin: 0 0 .4rem; font-size: 1.1rem; font-weight: 700; }
p { margin: .4rem 0; max-width: 46rem; }
a { color: var(--link); text-underline-offset: .18em; text-decoration-thickness: 1px; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 2px; }
code, kbd, .name { font-family: var(--mono); font-size: .875em; }
/* Letters that run from right to left stand in the order in which they are stored. */
.name { direction: ltr; unicode-bidi: isolate-override; }
kbd { padding: .05em .35em; border: 1px solid var(--line); border-radius: 3px; background: var(--paper); }
.minor { color: var(--minor); font-size: .9rem; }
h3 .minor { font-family: var(--sans); font-weight: 400; font-size: .85rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
[hidden] { display: none !important; }

header.verified h1 { color: var(--verified); }
header.failed h1 { color: var(--failed); }
header.undetermined h1 { color: var(--undetermined); }
.lead { font: 1.25rem/1.5 var(--serif); max-width: 44rem; }
table { border-collapse: collapse; }
.totals { margin: 1.75rem 0 0; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
.totals th, .totals td { padding: .35rem 1.5rem .35rem 0; text-align: right; border-bottom: 1px solid var(--line); }
.totals th { font-weight: 400; color: var(--minor); }
.totals th[scope=row] { text-align: left; }
.totals td { font-size: 1.15rem; }
.totals .none { color: var(--minor); }
.totals .failed { color: var(--failed); font-weight: 700; }
.totals .undetermined { color: var(--undetermined); font-weight: 700; }

nav { position: sticky; top: 0; z-index: 2; min-height: var(--nav); margin: 2.5rem 0 0; padding: .6rem 0; background: var(--paper); border-bottom: 1px solid var(--line); }
nav p { display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; margin: 0; max-width: none; }
form { display: flex; flex-wrap: wrap; align-items: center; gap: .3rem .8rem; margin-top: .5rem; font-size: .9rem; }
form input[type=search] { width: 16rem; padding: .3rem .6rem; font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--minor); border-radius: 4px; }
fieldset { display: flex; flex-wrap: wrap; gap: .2rem .8rem; margin: 0; padding: 0; border: 0; }
fieldset label { display: inline-flex; align-items: center; gap: .3rem; min-height: 1.5rem; }
output { font-weight: 700; font-variant-numeric: tabular-nums; }
#keys { color: var(--minor); visibility: hidden; }
form:focus-within #keys { visibility: visible; }
time { white-space: nowrap; }

.bar { display: block; width: 100%; height: 1.5rem; overflow: hidden; background: var(--panel); border-radius: 2px; }
.bar text { font: 700 11px/1 var(--sans); text-anchor: middle; dominant-baseline: central; }
.bar .p { fill: var(--p); }
${['f', 'l', 'u', 'a', 'g', 's', 'w'].map((state) => `.bar .${state} { fill: url(#pattern-${state}); stroke: var(--paper); stroke-width: 1px; }\n.bar .${state} + text { fill: var(--${state}-mark); }\n.ground-${state} { fill: var(--${state}); }\n.figure-${state} { fill: none; stroke: var(--${state}-figure); stroke-width: 1px; }`).join('\n')}
.figure-w { fill: var(--w-figure); stroke: none; }
.legend { display: grid; grid-template-columns: repeat(auto-fill, minmax(19rem, 1fr)); gap: .5rem 1.5rem; margin: 1rem 0 1.5rem; padding: 0; list-style: none; font-size: .85rem; line-height: 1.4; }
.legend li { display: flex; gap: .7rem; }
.swatch { flex: none; width: 2rem; height: 1.15rem; margin-top: .1rem; }
.map { width: 100%; table-layout: fixed; font-size: .85rem; }
.map th { width: 17rem; padding: 0 1rem 0 0; text-align: left; font-weight: 400; line-height: 1.3; }
.map th.time { width: auto; padding: 0; }
.map thead th { position: sticky; top: var(--nav); z-index: 1; padding-block: .3rem; color: var(--minor); background: var(--paper); vertical-align: bottom; }
.map td { padding: 2px 0; }
.map .group th { padding-top: 1rem; font-weight: 700; font-variant-numeric: tabular-nums; }
.map .name { color: var(--minor); font-size: .8rem; }
.map .bar { height: 1.25rem; }
.many { font-size: .78rem; }
.many td { padding: 1px 0; }
.many th { line-height: 1.1; }
.many .name { font-size: .72rem; }
.many .bar { height: .95rem; }
.many .group th { padding-top: .6rem; }
.axis { display: block; width: 100%; height: 1.1rem; overflow: visible; }
.axis text { font: 11px/1 var(--sans); fill: var(--minor); }
.axis line { stroke: var(--line); }

.badge { display: inline-block; padding: .12em .5em; border: 1px solid; border-radius: 3px; font: 700 .72rem/1.3 var(--sans); letter-spacing: .02em; vertical-align: .1em; }
.badge.verified { color: var(--verified); }
.badge.failed { color: var(--paper); background: var(--failed); border-color: var(--failed); }
.badge.undetermined { color: var(--undetermined); border-style: dashed; }
.badge.accepted { color: var(--accepted); border-style: double; border-width: 3px; padding-block: 0; }
.badge.warning { color: var(--warning); border-style: dotted; }
.contents { padding: 0; list-style: none; columns: 20rem; }
.contents li { margin: .2rem 0; break-inside: avoid; }
.finding { margin: 2rem 0 0; padding: 1.1rem 0 0; border-top: 1px solid var(--line); }
.finding ol, .chains { margin: 0; padding: 0; list-style: none; }
.finding ol { margin-top: .8rem; background: var(--panel); border-radius: 4px; }
.finding li { padding: .55rem .9rem; }
.finding li + li { border-top: 1px solid var(--paper); }
.finding li p { max-width: none; margin: 0 0 .15rem; }
.finding li b { font-size: .9rem; }
dl { margin: 0; }
.finding dl { font-size: .9rem; }
.finding dl div { display: grid; grid-template-columns: 8rem 1fr; }
dt { color: var(--minor); }
dd { margin: 0; }
.chains > li { margin: 0; padding: 1.2rem 0; border-top: 1px solid var(--line); }
.chains h3 { margin: 0; }
.chains p { max-width: none; }
.chains .bar { margin-top: .5rem; }
.ends span { color: var(--ink); text-align: center; }
.ends { display: flex; justify-content: space-between; gap: 1rem; margin: .1rem 0 .3rem; color: var(--minor); font-size: .8rem; font-variant-numeric: tabular-nums; }
.current, :target:not(h2):not(h3) { background: var(--current); box-shadow: 0 0 0 .5rem var(--current); }
summary { cursor: pointer; color: var(--link); }
.times { margin: .5rem 0; font-size: .875rem; font-variant-numeric: tabular-nums; }
.times th, .times td { padding: .15rem 1.2rem .15rem 0; text-align: left; border-bottom: 1px solid var(--line); }
.times th { color: var(--minor); font-weight: 400; }
.record > div { display: grid; grid-template-columns: 13rem 1fr; padding: .5rem 0; border-top: 1px solid var(--line); }
.record p { margin: 0 0 .3rem; }
.fill { display: block; height: 1.6rem; border-bottom: 1px dotted var(--minor); }
#limits + ul { max-width: 46rem; padding-left: 1.2rem; }

@media (max-width: 44rem) {
  main { padding: 1.5rem 1rem 4rem; }
  nav { position: static; }
  html { scroll-padding-top: 1rem; }
  .map th { width: 7.2rem; padding-right: .5rem; }
  .map thead th { position: static; }
  .map .name { display: block; overflow: hidden; font-size: .7rem; white-space: nowrap; text-overflow: ellipsis; }
  .map .bar text, .axis .more, #keys, label kbd { display: none; }
  .ends { flex-wrap: wrap; }
  .ends span { order: 3; width: 100%; text-align: start; }
  .legend { grid-template-columns: 1fr; }
  .totals { width: 100%; font-size: .85rem; }
  .totals th, .totals td { padding-right: .5rem; }
  .totals td { font-size: 1rem; }
  .record > div, .finding dl div { grid-template-columns: 1fr; }
  .times { display: block; overflow-x: auto; }
}
@media print {
  :root {
    color-scheme: light;
    ${LIGHT}
    --paper: #fff; --ink: #000; --minor: #444; --line: #bbb; --panel: #fff; --link: #000; --current: #fff;
  }
  @page { margin: 16mm 14mm; }
  body { font-size: 9.5pt; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  nav { display: none; }
  .map thead th { position: static; }
  a { text-decoration: none; }
  .axis .more { display: none; }
  .map th { width: 13rem; }
  h2, h3 { break-after: avoid; }
  h2 { margin-top: 2rem; }
  .finding li, .map tr, .record > div, .legend li { break-inside: avoid; }
  .finding li { border: 1px solid var(--line); padding: .4rem .6rem; }
  .chains > li { break-inside: avoid; }
  .certify { break-before: page; }
  .fill { height: 2.6rem; }
  details::details-content { display: block; content-visibility: visible; }
  summary { color: inherit; list-style: none; }
}
@media (forced-colors: active) {
  .bar, .badge { forced-color-adjust: none; }
}
`;
