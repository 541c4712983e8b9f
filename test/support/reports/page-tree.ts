import { parse, type DefaultTreeAdapterTypes as Tree } from 'parse5';

/** An element of a parsed page. */
export interface PageElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** All text within. */
  readonly text: string;
}

export interface ParsedPage {
  /** In the order of the document. */
  readonly elements: readonly PageElement[];
  /** What a parser that follows the standard to the letter objects to. */
  readonly errors: readonly string[];
}

/** Reads a page as a browser does. */
export function parsePage(text: string): ParsedPage {
  const errors: string[] = [];
  const document = parse(text, {
    onParseError: ({ code, startLine, startCol }) => errors.push(`${code} in line ${startLine}, column ${startCol}`),
  });
  return { elements: elementsIn(document), errors };
}

const elementsIn = (node: Tree.ParentNode): PageElement[] =>
  node.childNodes.flatMap((child) => ('tagName' in child ? [toElement(child), ...elementsIn(child)] : []));

const toElement = (element: Tree.Element): PageElement => ({
  name: element.tagName,
  attributes: new Map(element.attrs.map(({ name, value }) => [name, value])),
  text: textIn(element),
});

const textIn = (node: Tree.ParentNode): string =>
  node.childNodes
    .map((child) => ('value' in child ? child.value : 'childNodes' in child ? textIn(child) : ''))
    .join('');

/** All elements of that name. */
export const named = (elements: readonly PageElement[], name: string): PageElement[] =>
  elements.filter((element) => element.name === name);

/** The only element of that name; throws when there is none, or more. */
export function one(elements: readonly PageElement[], name: string): PageElement {
  const [element, ...more] = named(elements, name);
  if (!element || more.length > 0) throw new Error(`there is not one ${name}, but ${named(elements, name).length}`);
  return element;
}

/** The values of an attribute on whatever element it stands. */
export const attribute = (elements: readonly PageElement[], name: string): string[] =>
  elements.flatMap(({ attributes }) => attributes.get(name) ?? []);
