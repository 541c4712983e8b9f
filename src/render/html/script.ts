/**
 * The search of the page, the only script it runs. It hides and shows what is there and makes no markup, so that no
 * name can become any. Folded parts open for a match, and for print.
 */
export const SCRIPT = `'use strict';
(() => {
  const form = document.getElementById('filter');
  const query = document.getElementById('query');
  const matches = document.getElementById('matches');
  const boxes = [...form.querySelectorAll('input[type=checkbox]')];
  const items = [...document.querySelectorAll('[data-is]')];
  const groups = [...document.querySelectorAll('article.finding, table.map tbody')];
  const folds = [...document.querySelectorAll('details')];
  const nouns = { finding: 'findings', chain: 'chains', result: 'saved query results' };
  let texts;
  let found = [];
  let current = -1;

  const filter = () => {
    texts ??= items.map((item) => item.textContent.toLowerCase());
    const words = query.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const shown = new Set(boxes.filter((box) => box.checked).map((box) => box.name));
    const isAll = words.length === 0 && shown.size === boxes.length;
    const counts = { finding: [0, 0], chain: [0, 0], result: [0, 0], row: [0, 0] };
    found[current]?.classList.remove('current');
    found = [];
    current = -1;
    items.forEach((item, index) => {
      const fits = shown.has(item.dataset.is) && words.every((word) => texts[index].includes(word));
      item.hidden = !fits;
      const count = counts[item.dataset.kind];
      count[1] += 1;
      if (!fits) return;
      count[0] += 1;
      if (item.dataset.kind !== 'row') found.push(item);
    });
    for (const group of groups) group.hidden = !isAll && !group.querySelector('[data-is]:not([hidden])');
    for (const fold of folds) {
      if (fold.querySelector('[data-is]')) fold.open = words.length > 0;
    }
    matches.textContent = isAll
      ? ''
      : Object.keys(nouns).filter((kind) => counts[kind][1] > 0)
          .map((kind) => counts[kind][0] + ' of ' + counts[kind][1] + ' ' + nouns[kind]).join(', ');
  };

  const go = (step) => {
    if (found.length === 0) return;
    found[current]?.classList.remove('current');
    current = (current + step + found.length) % found.length;
    found[current].classList.add('current');
    found[current].scrollIntoView({ block: 'center' });
    matches.textContent = (current + 1) + ' of ' + found.length;
  };

  let due;
  query.addEventListener('input', () => {
    clearTimeout(due);
    due = setTimeout(filter, 120);
  });
  for (const box of boxes) box.addEventListener('change', filter);
  form.addEventListener('submit', (event) => event.preventDefault());
  query.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') {
      event.preventDefault();
      clearTimeout(due);
      if (current < 0) filter();
      go(event.shiftKey && current < 0 ? 0 : event.shiftKey ? -1 : 1);
    } else if (event.key === 'Escape') {
      event.preventDefault();
      query.value = '';
      filter();
    }
  });
  document.addEventListener('keydown', (event) => {
    if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    query.focus();
    query.select();
  });

  let folded = [];
  addEventListener('beforeprint', () => {
    folded = folds.filter((fold) => !fold.open);
    for (const fold of folded) fold.open = true;
  });
  addEventListener('afterprint', () => {
    for (const fold of folded) fold.open = false;
  });
  form.hidden = false;
})();
`;
