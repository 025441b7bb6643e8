import type { FoundConnection } from './compassExport';

/** Connection strings among the variables of a `.env` file; the name is the variable's. */
export function connectionsInEnv(text: string): readonly FoundConnection[] {
  const found: FoundConnection[] = [];
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][\w.]*)\s*=\s*(.*)$/.exec(line);
    const uri = match && /^(["']?)(mongodb(?:\+srv)?:\/\/[^\s"']+)\1/i.exec(match[2] ?? '')?.[2];
    if (uri && !uri.includes('${')) found.push({ name: match[1] ?? '', uri });
  }
  return found;
}

interface Line {
  readonly indent: number;
  readonly text: string;
}

/**
 * The MongoDB services of a compose file that publish the server's port on this machine, with the root user that the
 * file gives them. It reads by indentation what such files commonly hold, not all of YAML.
 */
export function connectionsInCompose(text: string): readonly FoundConnection[] {
  const lines = text
    .split(/\r?\n/)
    .map((line) => ({ indent: line.search(/\S/), text: line.trim().replace(/\s+#.*$/, '') }))
    .filter(({ text: line }) => line !== '' && !line.startsWith('#'));
  const services = childrenOf(lines, 'services:');
  return blocksOf(services).flatMap(({ name, lines: block }) => {
    const image = valueOf(block, 'image') ?? '';
    if (!/(^|\/)(mongo|mongodb[\w-]*|percona-server-mongodb)(:|@|$)/.test(image)) return [];
    const port = publishedPort(block);
    return port === undefined
      ? []
      : [{ name, uri: `mongodb://${login(block)}localhost:${port}/?directConnection=true` }];
  });
}

function childrenOf(lines: readonly Line[], head: string): readonly Line[] {
  const at = lines.findIndex(({ text }) => text === head);
  const first = lines[at];
  if (!first) return [];
  const rest = lines.slice(at + 1);
  const end = rest.findIndex(
    ({ indent, text }) => indent < first.indent || (indent === first.indent && !text.startsWith('-')),
  );
  return end < 0 ? rest : rest.slice(0, end);
}

function blocksOf(
  lines: readonly Line[],
): readonly { readonly name: string; readonly lines: readonly Line[] }[] {
  const indent = lines[0]?.indent ?? 0;
  const blocks: { name: string; lines: Line[] }[] = [];
  for (const line of lines) {
    if (line.indent === indent) blocks.push({ name: unquote(line.text.replace(/:.*$/, '')), lines: [] });
    else blocks.at(-1)?.lines.push(line);
  }
  return blocks;
}

function valueOf(lines: readonly Line[], key: string): string | undefined {
  for (const { text } of lines) {
    const match = /^(?:-\s*)?["']?([\w.-]+)["']?\s*[:=]\s*(.+?)["']?$/.exec(text);
    if (match?.[1] === key) return unquote(match[2] ?? '');
  }
  return undefined;
}

/** `27017:27017`, `127.0.0.1:27018:27017/tcp`, or the long form with `published`. */
function publishedPort(block: readonly Line[]): string | undefined {
  const inline = /^ports:\s*\[(.*)\]$/.exec(
    block.find(({ text }) => text.startsWith('ports:'))?.text ?? '',
  )?.[1];
  const entries =
    inline?.split(',') ?? childrenOf(block, 'ports:').map(({ text }) => text.replace(/^-\s*/, ''));
  for (const entry of entries) {
    const short = /(?:^|:)(\d+):(\d+)(?:\/tcp)?$/.exec(unquote(entry.trim()));
    if (short) return short[1];
    const long = /^published:\s*["']?(\d+)/.exec(entry.trim());
    if (long) return long[1];
  }
  return undefined;
}

function login(block: readonly Line[]): string {
  const user = valueOf(block, 'MONGO_INITDB_ROOT_USERNAME');
  const password = valueOf(block, 'MONGO_INITDB_ROOT_PASSWORD');
  if (user === undefined || password === undefined || `${user}${password}`.includes('${')) return '';
  return `${encodeURIComponent(user)}:${encodeURIComponent(password)}@`;
}

function unquote(text: string): string {
  return text.replace(/^(["'])(.*)\1$/, '$2').replace(/^["']|["']$/g, '');
}
