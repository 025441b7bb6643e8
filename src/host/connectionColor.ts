import * as vscode from 'vscode';

/** What a user may give a connection, so that production looks like production. */
export const connectionColors = ['red', 'orange', 'yellow', 'green', 'blue', 'purple'] as const;
export type ConnectionColor = (typeof connectionColors)[number];

export function themeColor(color: ConnectionColor): vscode.ThemeColor {
  return new vscode.ThemeColor(`charts.${color}`);
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
