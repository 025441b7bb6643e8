import * as vscode from 'vscode';

/** What a user may give a connection, so that production looks like production. */
export const connectionColors = ['red', 'orange', 'yellow', 'green', 'blue', 'purple'] as const;
export type ConnectionColor = (typeof connectionColors)[number];

/** One of the colours that package.json contributes, so that themes may change them. */
export function themeColor(color: ConnectionColor): vscode.ThemeColor {
  return new vscode.ThemeColor(`mongoRewind.connection.${color}`);
}

const swatches: Readonly<Record<ConnectionColor, string>> = {
  red: '#d93a3a',
  orange: '#d18616',
  yellow: '#c9a500',
  green: '#388a34',
  blue: '#1a85ff',
  purple: '#9463c9',
};

/** A dot to pick the colour by: icons of lists take no theme colour. */
export function colorIcon(color: ConnectionColor): vscode.Uri {
  const dot = `<circle cx="8" cy="8" r="5" fill="${swatches[color]}"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16">${dot}</svg>`;
  return vscode.Uri.parse(`data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`);
}

export function colorName(color: ConnectionColor): string {
  switch (color) {
    case 'red':
      return vscode.l10n.t('Red');
    case 'orange':
      return vscode.l10n.t('Orange');
    case 'yellow':
      return vscode.l10n.t('Yellow');
    case 'green':
      return vscode.l10n.t('Green');
    case 'blue':
      return vscode.l10n.t('Blue');
    case 'purple':
      return vscode.l10n.t('Purple');
  }
}
