type Child = Node | string | undefined;
type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** An HTML element; attributes that are `false` or `undefined` are left out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/** An SVG element. */
export function svg(tag: string, attributes: Attributes = {}, ...children: readonly Node[]): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  setAttributes(element, attributes);
  element.append(...children);
  return element;
}

export function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
}

/** Leaves the page alone when nothing changes, so that nothing is announced or laid out twice. */
export function setAttribute(
  element: Element,
  name: string,
  value: string | number | boolean | undefined,
): void {
  if (value === undefined || value === false) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
    return;
  }
  const text = value === true ? '' : String(value);
  if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** A plain button with a handler. */
export function button(
  attributes: Attributes,
  onClick: (event: MouseEvent) => void,
  ...children: readonly Child[]
): HTMLButtonElement {
  const element = h('button', { type: 'button', ...attributes }, ...children);
  element.addEventListener('click', onClick);
  return element;
}

/** Puts other children in place of an element's; the button that had the focus, or the one in its place, keeps it. */
export function replaceKeepingFocus(element: Element, ...children: readonly Child[]): void {
  const buttons = (): HTMLElement[] => [...element.querySelectorAll<HTMLElement>('button')];
  const before = buttons();
  const at = before.findIndex((one) => one === document.activeElement);
  const words = before[at] && wordsOf(before[at]);
  element.replaceChildren(...children.filter((child) => child !== undefined));
  if (at < 0) return;
  const after = buttons();
  (after.find((one) => wordsOf(one) === words) ?? after[at])?.focus({ preventScroll: true });
}

function wordsOf(element: Element): string {
  return element.getAttribute('aria-label') ?? element.textContent;
}
