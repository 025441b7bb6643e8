import type { Kind } from './density';

/** The colours of the canvas, as the theme has them now. */
export interface Theme {
  readonly background: string;
  readonly foreground: string;
  readonly accent: string;
  readonly warning: string;
  readonly flag: string;
  readonly kinds: Readonly<Record<Kind, string>>;
  /** High contrast: kinds get textures, dimming gives way to hatching. */
  readonly highContrast: boolean;
}

export function readTheme(element: Element): Theme {
  const style = getComputedStyle(element);
  const color = (name: string): string => style.getPropertyValue(name).trim() || '#808080';
  const classes = document.body.classList;
  return {
    background: color('--rw-background'),
    foreground: color('--rw-foreground'),
    accent: color('--rw-accent'),
    warning: color('--rw-warning'),
    flag: color('--rw-flag'),
    kinds: {
      inserts: color('--rw-inserts'),
      updates: color('--rw-updates'),
      deletes: color('--rw-deletes'),
      commands: color('--rw-commands'),
    },
    highContrast: classes.contains('vscode-high-contrast') || classes.contains('vscode-high-contrast-light'),
  };
}

/** Calls back whenever VS Code changes the theme of the page. */
export function watchTheme(changed: () => void): void {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
}
