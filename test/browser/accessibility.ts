import type { CDPSession, Page } from 'playwright-core';

type Value = { readonly value?: unknown } | undefined;

/** What the browser tells assistive technology of one thing. */
interface Told {
  readonly ignored: boolean;
  readonly role?: Value;
  readonly name?: Value;
  readonly properties?: readonly { readonly name: string; readonly value: Value }[];
}

interface Element {
  readonly backendNodeId: number;
  readonly children?: readonly Element[];
}

interface FrameTree {
  readonly frame: { readonly id: string };
  readonly childFrames?: readonly FrameTree[];
}

/** Roles of what a person acts on. */
const interactive = new Set([
  ...['button', 'link', 'textbox', 'searchbox', 'combobox', 'checkbox', 'radio', 'switch', 'slider'],
  ...['spinbutton', 'tab', 'treeitem', 'menuitem', 'option'],
]);
const roleless = new Set(['generic', 'none', 'unknown', 'GenericContainer']);

/** What a screen reader is told of a part of the workbench, by a selector. */
export async function toldOfPart(page: Page, selector: string): Promise<readonly Told[]> {
  await using session = await accessibility(page);
  const { cdp } = session;
  const { result } = await cdp.send('Runtime.evaluate', {
    expression: `document.querySelector(${JSON.stringify(selector)})`,
  });
  if (result.objectId === undefined) throw new Error(`there is no ${selector}`);
  const { node } = await cdp.send('DOM.describeNode', { objectId: result.objectId, depth: -1 });
  const elements = new Set(elementsIn(node));
  const { nodes } = await cdp.send('Accessibility.getFullAXTree');
  return nodes.filter(({ backendDOMNodeId: id }) => id !== undefined && elements.has(id));
}

/** What it is told of the page in the active editor. */
export async function toldOfWebview(page: Page): Promise<readonly Told[]> {
  await using session = await accessibility(page);
  const { cdp } = session;
  const { frameTree } = await cdp.send('Page.getFrameTree');
  const pages = innermost(frameTree).filter((id) => id !== frameTree.frame.id);
  const trees = await Promise.all(
    pages.map((frameId) => cdp.send('Accessibility.getFullAXTree', { frameId })),
  );
  return trees.flatMap((tree) => tree.nodes);
}

/** What can be acted on or focused, as `role: name`. */
export function controls(nodes: readonly Told[]): readonly string[] {
  return nodes.filter(isControl).map((node) => `${roleOf(node)}: ${nameOf(node)}`);
}

/** Those of them without a name, or without a role. */
export function faults(nodes: readonly Told[]): readonly string[] {
  return nodes
    .filter((node) => isControl(node) && (nameOf(node) === '' || roleless.has(roleOf(node))))
    .map((node) => `${roleOf(node)}: ${nameOf(node)}`);
}

async function accessibility(page: Page): Promise<AsyncDisposable & { readonly cdp: CDPSession }> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Accessibility.enable');
  return { cdp, [Symbol.asyncDispose]: () => cdp.detach() };
}

function elementsIn({ backendNodeId, children = [] }: Element): readonly number[] {
  return [backendNodeId, ...children.flatMap(elementsIn)];
}

function innermost({ frame, childFrames = [] }: FrameTree): readonly string[] {
  return childFrames.length === 0 ? [frame.id] : childFrames.flatMap(innermost);
}

function isControl(node: Told): boolean {
  if (node.ignored) return false;
  const focusable = node.properties?.some(({ name, value }) => name === 'focusable' && value?.value === true);
  return interactive.has(roleOf(node)) || (focusable === true && roleOf(node) !== 'RootWebArea');
}

function roleOf(node: Told): string {
  return textOf(node.role);
}

function nameOf(node: Told): string {
  return textOf(node.name).trim();
}

function textOf(told: Value): string {
  return typeof told?.value === 'string' ? told.value : '';
}
