// Writes the English bundle that translators start from: node tools/l10n.mjs
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bundleOf, hostTexts } from './lib/l10nTexts.mjs';
import { root } from './lib/paths.mjs';

mkdirSync(path.join(root, 'l10n'), { recursive: true });
writeFileSync(path.join(root, 'l10n', 'bundle.l10n.json'), bundleOf(hostTexts(root)));
