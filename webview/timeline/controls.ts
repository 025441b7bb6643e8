import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeDropdown,
  vsCodeOption,
  type Button,
  type Dropdown,
} from '@vscode/webview-ui-toolkit';
import { setAttributes } from './dom';
import { icon, type IconName } from './icons';

/** The only file that knows the toolkit: its buttons and dropdowns. */
export function registerControls(): void {
  provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeDropdown(), vsCodeOption());
}

export interface ActionButton {
  readonly element: HTMLElement;
  update(text: string, disabled: boolean, title?: string): void;
}

/** A button with a text and an icon before it. */
export function actionButton(
  appearance: 'primary' | 'secondary',
  image: IconName,
  onClick: () => void,
): ActionButton {
  const element = document.createElement('vscode-button') as Button;
  element.setAttribute('appearance', appearance);
  const start = document.createElement('span');
  start.slot = 'start';
  start.append(icon(image));
  // A bare text: the toolkit makes a square of every span in a button.
  const label = document.createTextNode('');
  element.append(start, label);
  element.addEventListener('click', () => {
    if (!element.disabled) onClick();
  });
  return {
    element,
    update(text, disabled, title) {
      if (label.data !== text) label.data = text;
      if (element.disabled !== disabled) element.disabled = disabled;
      setAttributes(element, { title });
    },
  };
}

export interface IconButton {
  readonly element: HTMLElement;
  update(label: string, state?: { readonly disabled?: boolean; readonly pressed?: boolean }): void;
}

/** A button that is an icon; its label is read out and shown as a tip. */
export function iconButton(image: IconName, onClick: () => void): IconButton {
  const element = document.createElement('vscode-button') as Button;
  element.setAttribute('appearance', 'icon');
  element.append(icon(image));
  element.addEventListener('click', () => {
    if (!element.disabled) onClick();
  });
  return {
    element,
    update(label, { disabled = false, pressed } = {}) {
      setAttributes(element, { 'aria-label': label, title: label });
      if (element.disabled !== disabled) element.disabled = disabled;
      if (pressed !== undefined) {
        element.ariaPressed = String(pressed);
        element.classList.toggle('pressed', pressed);
      }
    },
  };
}

export interface Option {
  readonly value: string;
  readonly label: string;
  /** One level under the option above it. */
  readonly nested: boolean;
}

export interface Picker {
  readonly element: HTMLElement;
  update(label: string, options: readonly Option[], value: string): void;
}

/** A dropdown of options. */
export function picker(onPick: (value: string) => void): Picker {
  const element = document.createElement('vscode-dropdown') as Dropdown;
  let offered: readonly Option[] = [];
  let shown = '';
  element.addEventListener('change', () => onPick(element.value));
  return {
    element,
    update(label, options, value) {
      setAttributes(element, { 'aria-label': label, title: label });
      const key = options === offered ? shown : JSON.stringify(options);
      offered = options;
      if (key !== shown) {
        shown = key;
        element.replaceChildren(...options.map(optionElement));
      }
      if (element.value !== value) element.value = value;
    },
  };
}

function optionElement(option: Option): HTMLElement {
  const element = document.createElement('vscode-option');
  element.setAttribute('value', option.value);
  element.textContent = option.label;
  element.classList.toggle('nested', option.nested);
  return element;
}
