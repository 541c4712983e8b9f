import { formatInstant, type Instant } from '../../core/time/instant.js';

/** Markup that is safe to stand in the page: made only by {@link html} and {@link constant}. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Content = Markup | string | number | undefined | readonly Content[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Markup from a template. Every string put into it becomes text, also within a quoted attribute; `undefined` becomes
 * nothing. Controls and bidirectional characters are to be made visible before (`escapeStrings`).
 */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  let text = parts[0] ?? '';
  for (const [index, value] of values.entries()) text += toText(value) + (parts[index + 1] ?? '');
  return new Markup(text);
}

/** Text of our own that is markup already, such as a style sheet. Never for anything from outside. */
export const constant = (text: string): Markup => new Markup(text);

/** Sentences in which commands and field names stand between backticks. */
export function prose(text: string): Markup {
  const parts = text.split('`');
  // An odd backtick comes from outside: then none of them is a bracket of ours.
  if (parts.length % 2 === 0) return withTimes(text);
  return html`${parts.map((part, index) => (index % 2 === 0 ? withTimes(part) : html`<code>${part}</code>`))}`;
}

/** Text in which instants such as `2026-03-01T00:00:00Z` are marked as times. */
export const withTimes = (text: string): Markup =>
  html`${text
    .split(/(\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)/)
    .map((part, index) => (index % 2 === 0 ? part : html`<time>${part}</time>`))}`;

export const time = (instant: Instant): Markup => withTimes(formatInstant(instant));

/** Names from outside, one after another. */
export const names = (values: readonly string[]): Markup =>
  html`${values.map((value, index) => html`${index > 0 ? ', ' : ''}<span class="name">${value}</span>`)}`;

function toText(value: Content): string {
  if (value === undefined) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return value.map(toText).join('');
  return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
