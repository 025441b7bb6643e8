import * as vscode from 'vscode';
import { type Translations, useTranslations } from '../core/say';
import { formatNumbersIn } from './format';

/** Texts and numbers are in VS Code's language from now on, in this thread. */
export function speakItsLanguage(): void {
  formatNumbersIn(vscode.env.language);
  useTranslations(translations());
}

/** For a thread that speaks it too; none where VS Code is in English. */
export function translations(): Translations {
  return vscode.l10n.bundle ?? {};
}
